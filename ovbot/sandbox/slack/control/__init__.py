"""The control surface under ``/_control``: acting as people, looking, arranging trouble."""
