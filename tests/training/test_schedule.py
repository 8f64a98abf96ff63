from kdgan_tf.training.config import PhaseConfig


def test_epochs_pass_all_images():
    assert PhaseConfig(epochs=6).schedule(740) == (6, 46)
    assert PhaseConfig(epochs=6).total_steps(740) == 276


def test_steps_do_not_depend_on_the_number_of_images():
    phase = PhaseConfig(steps=1200)
    assert phase.schedule(740) == (12, 100)
    assert phase.schedule(10) == (12, 100)
    assert phase.schedule(6000) == (3, 400)
    assert PhaseConfig(steps=50).schedule(740) == (1, 50)


def test_nothing_to_do_is_left_out():
    assert PhaseConfig(epochs=0).left_out
    assert PhaseConfig(steps=0).left_out and not PhaseConfig(steps=1).left_out
    assert PhaseConfig(steps=0).total_steps(100) == 0


def test_two_phases_in_one():
    steps, epochs = PhaseConfig(steps=100), PhaseConfig(epochs=3)
    assert steps.longer(PhaseConfig(steps=20), 740).steps == 120
    assert epochs.longer(PhaseConfig(epochs=2), 740).epochs == 5
    # An epoch has 46 steps; where steps count, epochs do not.
    assert epochs.longer(PhaseConfig(epochs=6, steps=50), 740).epochs == 5
    assert steps.longer(PhaseConfig(epochs=2), 740).steps == 192
    assert epochs.longer(PhaseConfig(epochs=0), 740) == epochs
