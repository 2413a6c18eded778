"""ByzFL's rules and attacks, without its benchmark and what that imports (torchvision, matplotlib, seaborn)."""

import importlib.util
import sys
import types

specification = importlib.util.find_spec("byzfl")
if specification is None:
    sys.exit("byzfl is missing: run Scripts/bootstrap --test")
package = types.ModuleType("byzfl")
package.__path__ = list(specification.submodule_search_locations)
sys.modules["byzfl"] = package

from byzfl.aggregators import aggregators, preaggregators  # noqa: E402, F401
from byzfl.attacks import attacks  # noqa: E402, F401
