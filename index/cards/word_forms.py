"""English word endings, as far as names of things need them: a plural is the same thing as its singular."""


def stem(word: str) -> str:
    """The singular of a plural ("batteries", "watches", "fans"), and any other word as it is."""
    if len(word) <= 3 or word.endswith("ss"):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "xes", "sses", "zes")):
        return word[:-2]
    return word.removesuffix("s")
