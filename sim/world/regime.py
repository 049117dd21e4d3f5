"""The democracy score of a country and year, from which the regime class follows."""

import numpy as np

from sim.arrays import Floats
from sim.mechanisms.history import MOST_DEMOCRATIC

VOICE_LOWEST, VOICE_HIGHEST = -2.5, 2.5
"""Ends of the WGI scale as the World Bank describes it ("about -2.5 to 2.5")."""
FREEDOM_BEST, FREEDOM_WORST = 2.0, 14.0
"""Ends of Freedom House's scale: political rights plus civil liberties, 1 to 7 each."""
VOICE_WEIGHT = 0.5
"""Weight of voice against freedom. The two are equals for want of a reason: of 165 EIU classes, 140
are reproduced with every weight from 0.1 to 0.8, 141 with 0.9 and 1, 131 with 0."""


def democracy_score(voice: Floats, freedom: Floats) -> Floats:
    """Return the democracy score, 0 (worst end of both scales) to 10 (best end of both).

    The mean of both measures, each put on a scale from 0 to 1 between its ends:
    `10 * (w * (voice + 2.5) / 5 + (1 - w) * (14 - freedom) / 12)`, never falling as voice rises and
    never rising as the freedom rating worsens.

    Args:
        voice: WGI voice and accountability, any shape; beyond the ends counts as at the ends.
        freedom: Freedom House's sum of ratings, 2 best to 14 worst, same shape.
    """
    voice_share = (np.clip(voice, VOICE_LOWEST, VOICE_HIGHEST) - VOICE_LOWEST) / (
        VOICE_HIGHEST - VOICE_LOWEST
    )
    freedom_share = (FREEDOM_WORST - np.clip(freedom, FREEDOM_BEST, FREEDOM_WORST)) / (
        FREEDOM_WORST - FREEDOM_BEST
    )
    return np.asarray(
        MOST_DEMOCRATIC * (VOICE_WEIGHT * voice_share + (1.0 - VOICE_WEIGHT) * freedom_share),
        dtype=np.float64,
    )
