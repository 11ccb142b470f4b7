"""What a reply's form may be written as, before any model is asked. Knows no grammar."""

import json
from typing import Any

from desktop_llm.core.errors import UsageError


def read_schema(text: str) -> dict[str, Any]:
    """A JSON schema: an object in JSON. Raises UsageError."""
    try:
        schema = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError("The JSON schema is not JSON.", "{error}.", error=error) from error
    if not isinstance(schema, dict):
        raise UsageError(
            "The JSON schema is not a JSON object.",
            "A schema is written in braces.",
            "The simplest one is {example}.",
            example='{"type": "object"}',
        )
    return schema
