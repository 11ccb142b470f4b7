"""The app's names for what guard models find, which the models all name differently.

Each is one of `core.policy.CATEGORIES`: it has an action of its own in prompts and in replies.
"""

HARM = "harm"
HATE = "hate"
PROFANITY = "profanity"
SEXUAL = "sexual"
SELF_HARM = "self_harm"
VIOLENCE = "violence"
WEAPONS = "weapons"
PERSONAL = "personal"
TOPICS = "topics"
