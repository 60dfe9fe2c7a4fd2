"""Writes the listings of a shop: titles, attribute rows, bullets and descriptions, in several voices.

A listing tells less than the truth: sellers leave attributes out, and each writes numbers in its own way.
"""

from collections.abc import Sequence
from random import Random

from index.demo.grammar import Slot, expand, fitting, sentence
from index.demo.products import Sketch, Value, number_span
from index.demo.spec import AttributeSpec, WorldSpec
from index.product import Attribute

_YES = ("Yes", "yes", "Yes", "included", "✓")
_NO = ("No", "no", "No", "not included", "–")


def listed_attributes(sketch: Sketch, rng: Random) -> tuple[Attribute, ...]:
    """What the listing gives of the truth; thin listings give little."""
    care = rng.choices((1.07, 1.0, 0.8, 0.45), (30, 40, 20, 10))[0]
    care -= 0.15 * (sketch.brand.voice == "market")
    specs = [s for s in sketch.category.attributes if sketch.values[s.name].applies]
    return tuple(_listed(s, sketch.values[s.name], rng) for s in specs if rng.random() < s.coverage * care)


def title(sketch: Sketch, attributes: Sequence[Attribute], rng: Random) -> str:
    """A title in the manner of the brand's sellers."""
    category, brand = sketch.category, sketch.brand
    name = rng.choice(fitting(category.names, sketch.truths))
    tags = _tags(sketch, attributes)
    line = f"{brand.name} {sketch.line}"
    match brand.voice:
        case "market":
            lead = " ".join(tags[: rng.randint(1, 3)])
            use = rng.choice(category.uses).title()
            return f"{brand.name} {sketch.line} {name} {lead} for {use}".replace("  ", " ")
        case "spec":
            shown = tags[: rng.randint(1, 3)]
            return ", ".join([f"{line} {rng.choice(('', sketch.code + ' '))}{name}", *shown])
        case "plain":
            return " ".join([line, name, *(f"({t})" for t in tags[-1:] if rng.random() < 0.6)])
        case "dealer":
            head = f"{line} {name}" if rng.random() < 0.7 else f"{name} {line}"
            return head + "".join(f" – {t}" for t in tags[: rng.randint(0, 2)])
        case _:
            ending = f" in {tags[-1]}" if tags and rng.random() < 0.3 and _is_color(sketch, tags[-1]) else ""
            return f"{line} {name if rng.random() < 0.85 else ''}".strip() + ending


def bullets(
    world: WorldSpec, sketch: Sketch, attributes: Sequence[Attribute], slots: dict[str, Slot], rng: Random
) -> tuple[str, ...]:
    """Up to six short points; many listings have none."""
    if rng.random() < 0.35:
        return ()
    count = rng.randint(2, 6)
    shown = rng.sample(list(attributes), min(count, len(attributes)))
    style = rng.random()
    if style < 0.45:
        return tuple(f"{_label(a.name)}: {a.raw}" for a in shown)
    points = [(a, _saying(world, sketch, a, slots, rng).rstrip(".")) for a in shown]
    if style < 0.65 or sketch.brand.voice == "market":
        return tuple(f"{_label(a.name).upper()} – {said}" for a, said in points if said)
    return tuple(said for _, said in points if said)


def description(
    world: WorldSpec, sketch: Sketch, attributes: Sequence[Attribute], slots: dict[str, Slot], rng: Random
) -> str:
    """A description in the brand's voice; a few listings have none."""
    if rng.random() < 0.07:
        return ""
    voice = sketch.brand.voice if rng.random() < 0.8 else rng.choice(("dealer", "plain", "spec"))
    fragments = _parts(world, sketch, voice, rng)
    parts = [expand(p, slots, rng) for p in fragments]
    shown = [a for a in attributes if f"{{{a.name}}}" not in "".join(fragments)]
    rng.shuffle(shown)
    wanted = {"market": 6, "spec": 7, "plain": 3}.get(voice, 4) + rng.randint(-2, 1)
    says = [s for s in (_saying(world, sketch, a, slots, rng) for a in shown[: max(wanted, 1)]) if s]
    if voice == "spec" and rng.random() < 0.6:
        says = [sentence("; ".join(f"{_label(a.name).lower()} {a.raw}" for a in shown[:wanted]))]
    body = [p for p in [parts[0], *says, *parts[1:]] if p]
    if voice == "market":
        body = [p.upper() if rng.random() < 0.15 else p for p in body]
    text = " ".join(p if p[-1:] in ".!?】★," else f"{p}." for p in body)
    return text if rng.random() > 0.15 else text.replace(". ", ".\n", 2)


def _parts(world: WorldSpec, sketch: Sketch, voice: str, rng: Random) -> list[str]:
    """Opening and closing fragments of a description; what is said of attributes comes between."""
    voices, category = world.voices, sketch.category
    hook = rng.choice(fitting(category.hooks, sketch.truths))
    extra = rng.choice(category.extras) if rng.random() < 0.7 else ""
    audience = rng.choice(voices["audience"]) if rng.random() < 0.4 else ""
    match voice:
        case "market":
            return [rng.choice(voices["market_open"]), hook, extra, rng.choice(voices["market_close"])]
        case "dealer":
            middle = [hook, rng.choice(voices["dealer_good"]), extra]
            kept = [m for m in middle if rng.random() < 0.7]
            return [rng.choice(voices["dealer_open"]), *kept, rng.choice(voices["dealer_note"])]
        case "spec":
            return [rng.choice(voices["spec_open"]), extra]
        case "plain":
            return [rng.choice((rng.choice(voices["plain_open"]), hook)), extra if rng.random() < 0.5 else ""]
        case "story":
            story = rng.choice(sketch.brand.story) if sketch.brand.story else ""
            return [
                rng.choice((hook, story)),
                story if rng.random() < 0.4 else extra,
                audience,
                rng.choice(voices["story_close"]),
            ]
        case _:
            opening = hook if rng.random() < 0.65 else rng.choice(voices["maker_open"])
            return [opening, extra, audience, rng.choice(voices["maker_close"])]


def _listed(spec: AttributeSpec, value: Value, rng: Random) -> Attribute:
    if spec.kind == "flag":
        flag = value.text == "yes"
        return Attribute(name=spec.name, raw=rng.choice(_YES if flag else _NO), flag=flag)
    if spec.kind == "text":
        raw = value.text if rng.random() < 0.9 else value.text.lower()
        words = tuple(part.strip().casefold() for part in value.text.split(" / "))
        return Attribute(name=spec.name, raw=raw, words=words)
    raw = rng.choice(spec.raw or ("{} " + spec.unit,)).replace("{}", number_span(value)).strip()
    return Attribute(
        name=spec.name, raw=raw, low=value.low, high=value.high, unit=spec.unit, judged=spec.judged
    )


def _tags(sketch: Sketch, attributes: Sequence[Attribute]) -> list[str]:
    listed = {a.name for a in attributes}
    specs = {a.name: a for a in sketch.category.attributes}
    tags = []
    for name in sketch.category.facts:
        spec, value = specs[name], sketch.values[name]
        nothing = value.text in ("no", "None") or not (value.text or value.high)
        if name not in listed or not spec.tag or nothing:
            continue
        shown = _titled(value.text) if spec.kind == "text" else number_span(value)
        tags.append(spec.tag.replace("{}", shown))
    return tags


def _titled(text: str) -> str:
    return " ".join(w if sum(map(str.isupper, w)) > 1 else w[:1].upper() + w[1:] for w in text.split(" "))


def _is_color(sketch: Sketch, tag: str) -> bool:
    color = sketch.values.get("color")
    return color is not None and _titled(color.text) == tag


def _saying(
    world: WorldSpec, sketch: Sketch, attribute: Attribute, slots: dict[str, Slot], rng: Random
) -> str:
    spec = next(a for a in sketch.category.attributes if a.name == attribute.name)
    denied = [s for s in spec.say if s.startswith("?!x:")]
    general = world.voices.get(f"say_{attribute.name}", ())
    says = denied if attribute.flag is False else [s for s in (*spec.say, *general) if s not in denied]
    says = fitting(says, sketch.truths)
    if not says or attribute.high == 0:
        return ""
    spoken = expand("{" + spec.name + "}", slots, rng)
    return sentence(expand(rng.choice(says).replace("{}", spoken), slots, rng))


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()
