import numpy as np

from kdgan_tf.gan.score import AnomalyScore


def test_kinds_of_score():
    latent = np.array([1.0, np.e], np.float32)
    reconstruction = np.array([np.e, 1.0], np.float32)
    evidence = np.stack([latent, reconstruction], axis=-1)
    for kind, expected in (
        ("latent", latent),
        ("reconstruction", reconstruction),
    ):
        found = AnomalyScore(kind)(evidence)
        np.testing.assert_array_equal(found, expected)
    both = AnomalyScore("both")
    both.log_mean.assign([1.0, 2.0])
    both.log_spread.assign([1.0, 2.0])
    # (log 1 - 1) / 1 + (log e - 2) / 2 and (log e - 1) / 1 + (log 1 - 2) / 2
    np.testing.assert_allclose(both(evidence), [-1.5, -1.0], atol=1e-6)


def test_score_of_evidence_is_a_weighted_mean_of_standardised_logarithms():
    score = AnomalyScore("evidence", 2)
    normal = np.exp([[0.0, 4.0], [2.0, 8.0]]).astype(np.float32)
    score.adapt(normal)
    np.testing.assert_allclose(score.log_mean, [1.0, 6.0], rtol=1e-5)
    np.testing.assert_allclose(score.log_spread, [1.0, 2.0], rtol=1e-5)
    image = np.exp([[3.0, 10.0]]).astype(np.float32)
    # (3 - 1) / 1 and (10 - 6) / 2, equal weights
    np.testing.assert_allclose(score(image), [2.0], rtol=1e-5)
    # The first kind alone tells the defects.
    score.adapt(normal, np.exp([[5.0, 6.0]]).astype(np.float32))
    np.testing.assert_allclose(score.weight, [0.625, 0.375], rtol=1e-5)


def test_what_one_kind_is_sure_of_outweighs_its_share():
    score = AnomalyScore("evidence", 2, squared=True)
    score.adapt(np.exp([[0.0, 4.0], [2.0, 8.0]]).astype(np.float32))
    # In spreads of 1 and 2 about 1 and 6: (8, 0), (4, 4) and (-5, 0).
    images = np.exp([[9.0, 6.0], [5.0, 14.0], [-4.0, 6.0]]).astype(np.float32)
    # Means of (1 + 8 / 4)^2 and 1, of 4 and 4, of 0 and 1.
    np.testing.assert_allclose(score(images), [5.0, 4.0, 0.5], rtol=1e-5)
    # By synthetic defects that the first kind tells and the second does not.
    score.adapt(
        np.exp([[0.0, 4.0], [2.0, 8.0]]).astype(np.float32),
        np.exp([[5.0, 6.0]]).astype(np.float32),
    )
    np.testing.assert_allclose(score.weight, [4.25 / 4.5, 0.25 / 4.5])
    again = AnomalyScore.from_config(score.get_config())
    again.set_weights(score.get_weights())
    np.testing.assert_array_equal(again(images), score(images))
    assert "(1 + z / 4)^2" in score.definition
