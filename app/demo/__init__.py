"""The campus LMS: schema, generator, story."""
