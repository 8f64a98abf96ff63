import numpy as np

from kdgan_tf.gan.weighting import evidence_weights, weights_by_bits


def test_weights_by_bits():
    normal = np.tile(np.arange(8.0)[:, None], 4)
    # Above all eight normal images, above six and above four; below them.
    seen = np.array([[9.0, 5.5, 3.5, -1.0]])
    # Errors of 0, 1/4, 1/2 and 1: more than 4 bits, 1 bit, none and none.
    told = np.array([4.25, 1.25, 0.25, 0.25])
    np.testing.assert_allclose(weights_by_bits(normal, seen), told / told.sum())
    votes = np.array([1, 2, 4, 1])
    np.testing.assert_allclose(
        weights_by_bits(normal, seen, votes),
        votes * told / (votes * told).sum(),
    )
    # What no network learns counts by the square of its bits after the first.
    earned = np.array([9.0, 0.0, 0.25, 0.0])
    np.testing.assert_allclose(
        weights_by_bits(
            normal, seen, learnt=np.array([False, False, True, False])
        ),
        earned / earned.sum(),
    )


def test_no_kind_of_evidence_is_left_out():
    normal = np.array([[0.0, 0.0, 1.0], [1.0, 1.0, 0.0]])
    blind = normal - 5
    np.testing.assert_allclose(evidence_weights(normal, blind), [1 / 3] * 3)
    seen = np.array([[2.0, -1.0, 0.5]])
    # AUROC 1, 0 and 0.5: a quarter of the weight is the first's.
    np.testing.assert_allclose(
        evidence_weights(normal, seen), [1 / 2, 1 / 4, 1 / 4]
    )
    np.testing.assert_allclose(
        evidence_weights(normal, seen, [2, 1, 1]), [5 / 8, 3 / 16, 3 / 16]
    )
