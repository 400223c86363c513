"""The JSON Schema of the configuration, and what checks a file's plain values by it."""

import jsonschema

from gateway.config.schema import schema

SCHEMA = schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
