"""Which categories go along with the weather or other outside facts, how much, how long, where.

Per category a negative-binomial regression with weekday, season, trend and holidays; each
driver enters with its days 0 to 7 back, and the sum of those effects is tested. How far such
a sum strays by chance alone is measured with *placebos* (the driver of other years on the
same dates), not taken from the model. All that is found is an association.
"""

from forecasting.associations.effects import LAGS
from forecasting.associations.places import concentration
from forecasting.associations.scan import Associations, Driver, associate
from forecasting.associations.whatif import Outlook, Scenario, mixed, outlook

__all__ = [
    "LAGS",
    "Associations",
    "Driver",
    "Outlook",
    "Scenario",
    "associate",
    "concentration",
    "mixed",
    "outlook",
]
