"""Everything that is generated, by file name."""

from dev.client import models, operations
from dev.client.document import Schema
from dev.client.document import operations as operations_of
from dev.client.layout import formatted


def generated(document: Schema) -> dict[str, str]:
    found = operations_of(document)
    return {
        "models.py": formatted(models.render(document, found)),
        "operations.py": formatted(operations.render(document, found)),
    }
