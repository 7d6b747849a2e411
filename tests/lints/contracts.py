"""The topic catalogue and the event models agree."""

import re
from collections.abc import Iterable, Iterator, Mapping

from schemas.catalogue import Topic
from schemas.event import Event
from schemas.phi import phi_paths
from tests.lints.source import Finding

RULE = "contracts"
CATALOGUE = "schemas/catalogue.toml"
TOPIC_NAME = re.compile(r"^[a-z]+\.[a-z]+(-[a-z]+)*\.v[1-9][0-9]*$")
DEAD_LETTERS = ".dlq"


def contracts_agree(
    catalogue: Iterable[Topic], models: Mapping[str, type[Event]]
) -> Iterator[Finding]:
    """Topics without a model and models without a topic, bad names, keys that are no field, and
    PHI in a topic whose class does not say so."""
    topics = {topic.name: topic for topic in catalogue if not topic.name.endswith(DEAD_LETTERS)}
    for name in models.keys() - topics.keys():
        yield _finding(f"{models[name].__name__} has the topic {name}, which is not there")
    for name, topic in topics.items():
        if not TOPIC_NAME.match(name):
            yield _finding(f"{name} is not <owner>.<event>.v<major>")
        model = models.get(name)
        if model is None:
            yield _finding(f"{name} has no model")
            continue
        if model.KEY_FIELD not in model.model_fields:
            yield _finding(f"{name}: the key field {model.KEY_FIELD} is no field of the event")
        key = (
            model.KEY_FIELD
            if model.KEY_FIELD == "practice_id"
            else f"practice_id:{model.KEY_FIELD}"
        )
        if topic.key != key:
            yield _finding(f"{name}: the key is {key} in the model and {topic.key} here")
        least = {"identity": {"restricted"}, "clinical": {"clinical", "restricted"}}
        for path, kind in phi_paths(model).items():
            if topic.phi not in least[kind]:
                yield _finding(f"{name}: {path} is {kind} PHI in a topic of class {topic.phi}")


def _finding(message: str) -> Finding:
    return Finding(CATALOGUE, 1, RULE, message)
