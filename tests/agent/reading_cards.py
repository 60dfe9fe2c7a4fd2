"""Catalogue cards for the tests of reading: some of PC parts, some of things invented here."""

from index.card import CardAttribute, CategoryCard
from index.card import CardAttribute as A

FAN = CategoryCard(
    tag="C1",
    path=("case-fan",),
    count=2700,
    also=("case fan", "fan", "cooling fan"),
    currency="USD",
    price_low=2.0,
    price_high=180.0,
    priced=0.4,
    brands=("Corsair", "Noctua", "be quiet!", "Cooler Master", "Lian Li"),
    attributes=(
        A(name="size", kind="number", unit="mm", low=40, high=230, coverage=1.0, also=("diameter",)),
        A(name="pwm", kind="flag", coverage=1.0, also=("speed control",)),
        A(name="color", kind="text", values=("black", "white", "clear", "red", "gray"), coverage=0.95),
        A(name="rpm", kind="number", unit="rpm", low=300, high=6000, coverage=0.9, high_words=("fast",)),
        A(name="airflow", kind="number", unit="CFM", low=5, high=200, coverage=0.8),
        A(
            name="noise_level",
            kind="number",
            unit="dB",
            low=5,
            high=65,
            coverage=0.8,
            also=("noise",),
            low_words=("quiet", "silent"),
            high_words=("loud", "noisy"),
        ),
    ),
)
SCREEN = CategoryCard(
    tag="C2",
    path=("monitor",),
    count=5000,
    also=("display", "screen"),
    currency="USD",
    price_low=50,
    price_high=5000.0,
    priced=0.4,
    brands=("Samsung", "LG", "Dell"),
    attributes=(
        A(name="screen_size", kind="number", unit="in", low=14, high=65, coverage=1.0, high_words=("big",)),
        A(
            name="resolution",
            kind="text",
            values=("1920x1080", "2560x1440", "3840x2160"),
            coverage=1.0,
            aliases=(("1440p", "2560x1440"), ("4k", "3840x2160"), ("full hd", "1920x1080")),
        ),
        A(name="refresh_rate", kind="number", unit="Hz", low=30, high=540, coverage=0.9, also=("refresh",)),
        A(name="response_time", kind="number", unit="ms", low=0.03, high=30, coverage=0.8),
        A(name="panel_type", kind="text", values=("ips", "va", "tn", "oled"), coverage=0.9, also=("panel",)),
        A(name="aspect_ratio", kind="text", values=("16:9", "21:9", "16:10"), coverage=1.0),
    ),
)
DISK = CategoryCard(
    tag="C3",
    path=("internal-hard-drive",),
    count=6400,
    also=("ssd", "hard drive", "nvme ssd", "drive"),
    currency="USD",
    price_low=10,
    price_high=9000.0,
    priced=0.2,
    brands=("Seagate", "Western Digital", "Samsung", "Crucial"),
    attributes=(
        A(name="capacity", kind="number", unit="GB", low=8, high=30000, coverage=1.0, high_words=("big",)),
        A(name="cache", kind="number", unit="MB", low=1, high=8192, coverage=0.6, also=("buffer",)),
        A(name="form_factor", kind="text", values=("2.5", "m.2-2280", "3.5"), coverage=1.0),
        A(
            name="interface",
            kind="text",
            values=("sata 6.0 gb/s", "m.2 pcie 4.0 x4", "m.2 pcie 3.0 x4"),
            coverage=1.0,
            aliases=(("nvme", "m.2 pcie"),),
        ),
        A(name="price_per_gb", kind="number", low=0.01, high=10, coverage=0.2, also=("price per gb",)),
    ),
)
CASE = CategoryCard(
    tag="C4",
    path=("case",),
    count=6600,
    also=("pc case", "chassis"),
    currency="USD",
    price_low=20,
    price_high=1500.0,
    priced=0.3,
    brands=("NZXT", "Fractal Design", "Lian Li"),
    attributes=(
        A(
            name="type",
            kind="text",
            values=("atx mid tower", "microatx mini tower", "atx full tower", "mini itx tower"),
            coverage=1.0,
        ),
        A(name="color", kind="text", values=("black", "white", "silver", "gray"), coverage=0.98),
        A(name="psu", kind="number", unit="W", low=100, high=1000, coverage=0.9, also=("power supply",)),
        A(
            name="side_panel",
            kind="text",
            values=("tempered glass", "acrylic", "mesh"),
            coverage=0.8,
            also=("side panel", "window"),
        ),
        A(name="volume", kind="number", unit="L", low=3, high=150, coverage=0.7, low_words=("compact",)),
        A(name="bays", kind="number", low=0, high=20, coverage=1.0, also=("drive bays", '3.5" bays')),
    ),
)
KEYBOARD = CategoryCard(
    tag="C5",
    path=("keyboard",),
    count=4300,
    also=("gaming keyboard",),
    currency="USD",
    price_low=10,
    price_high=600.0,
    priced=0.3,
    rated=0.5,
    brands=("Logitech", "Keychron"),
    attributes=(
        A(name="style", kind="text", values=("gaming", "standard", "mini", "ergonomic"), coverage=1.0),
        A(
            name="switches",
            kind="text",
            values=("cherry mx brown", "cherry mx red", "cherry mx blue"),
            coverage=0.6,
        ),
        A(name="backlit", kind="text", values=("rgb", "white", "red"), coverage=1.0, also=("backlight",)),
        A(name="tenkeyless", kind="flag", coverage=1.0, also=("tkl",)),
        A(name="connection_type", kind="text", values=("wired", "wireless", "bluetooth"), coverage=1.0),
        A(name="color", kind="text", values=("black", "white", "gray", "red", "blue", "pink"), coverage=0.9),
    ),
)
CARD = CategoryCard(
    tag="C6",
    path=("video-card",),
    count=6600,
    also=("graphics card", "gpu"),
    currency="USD",
    price_low=30,
    price_high=5000.0,
    priced=0.3,
    brands=("Gigabyte", "Asus", "MSI", "HIS", "NVIDIA"),
    attributes=(
        A(
            name="chipset",
            kind="text",
            values=("geforce rtx 4060 ti", "geforce gtx 1080", "geforce gtx 1080 ti", "radeon rx 7800 xt"),
            coverage=1.0,
            aliases=(("nvidia", "geforce|quadro"), ("amd", "radeon|firepro")),
        ),
        A(name="memory", kind="number", unit="GB", low=0.5, high=48, coverage=1.0, also=("vram",)),
        A(name="core_clock", kind="number", unit="MHz", low=200, high=3000, coverage=0.9),
        A(name="boost_clock", kind="number", unit="MHz", low=200, high=3200, coverage=0.8, also=("boost",)),
        A(name="length", kind="number", unit="mm", low=100, high=400, coverage=0.9, low_words=("short",)),
    ),
)
SUPPLY = CategoryCard(
    tag="C7",
    path=("power-supply",),
    count=3400,
    also=("psu", "power supply"),
    currency="USD",
    price_low=20,
    price_high=900.0,
    priced=0.3,
    brands=("Corsair", "SeaSonic", "be quiet!"),
    attributes=(
        A(name="type", kind="text", values=("atx", "sfx", "tfx"), coverage=1.0),
        A(
            name="efficiency",
            kind="text",
            values=("gold", "bronze", "platinum", "plus"),
            coverage=0.9,
            aliases=(("80+ gold", "gold"),),
            order=("plus", "bronze", "gold", "platinum"),
        ),
        A(name="wattage", kind="number", unit="W", low=100, high=2500, coverage=1.0),
        A(name="modular", kind="text", values=("full", "semi", "non-modular"), coverage=1.0),
    ),
)
TENT = CategoryCard(
    tag="C8",
    path=("Outdoor", "Tents"),
    count=90,
    currency="EUR",
    price_low=40,
    price_high=900,
    priced=1,
    rated=1.0,
    brands=("Nordhaven", "Pell & Co"),
    attributes=(
        A(
            name="weight",
            kind="number",
            unit="kg",
            low=0.8,
            high=14,
            coverage=1.0,
            low_words=("light", "lightweight"),
            high_words=("heavy",),
        ),
        A(name="persons", kind="number", low=1, high=8, coverage=1.0, also=("person", "people", "sleeps")),
        A(name="water_column", kind="number", unit="mm", low=800, high=10000, coverage=0.9),
        A(
            name="setup_time",
            kind="number",
            unit="min",
            low=1,
            high=25,
            coverage=0.5,
            also=("pitch time",),
            low_words=("quick", "easy"),
        ),
        A(name="season", kind="text", values=("3-season", "4-season"), coverage=1.0),
        A(name="vestibule", kind="flag", coverage=0.9, also=("porch",)),
        A(name="material", kind="text", values=("polyester", "ripstop nylon", "canvas"), coverage=0.9),
    ),
)
GRINDER = CategoryCard(
    tag="C9",
    path=("Kitchen", "Coffee grinders"),
    count=60,
    also=("burr grinder", "coffee mill"),
    currency="USD",
    price_low=25,
    price_high=1200,
    priced=1,
    rated=0.9,
    brands=("Molino Rosso", "Havel", "Tern"),
    attributes=(
        A(name="burr_material", kind="text", values=("steel", "ceramic"), coverage=0.9, also=("burrs",)),
        A(name="hopper", kind="number", unit="g", low=20, high=1500, coverage=0.8, also=("hopper size",)),
        A(name="grind_settings", kind="number", low=5, high=270, coverage=0.9, also=("settings", "steps")),
        A(
            name="loudness",
            kind="number",
            unit="dB",
            low=40,
            high=95,
            coverage=0.6,
            low_words=("quiet",),
            high_words=("loud",),
        ),
        A(name="cordless", kind="flag", coverage=0.7, also=("battery powered",)),
        A(name="timer", kind="flag", coverage=0.8),
        A(name="finish", kind="text", values=("matte black", "brushed steel", "cream"), coverage=0.8),
    ),
)
LAMP = CategoryCard(
    tag="C10",
    path=("Cycling", "Bike lights"),
    count=45,
    also=("bicycle lamp", "bike light"),
    currency="GBP",
    price_low=8,
    price_high=280,
    priced=1,
    rated=0.8,
    brands=("Lumo", "Wren"),
    attributes=(
        A(
            name="brightness",
            kind="number",
            unit="lm",
            low=20,
            high=3000,
            coverage=1.0,
            high_words=("bright",),
        ),
        A(
            name="run_time",
            kind="number",
            unit="h",
            low=1,
            high=120,
            coverage=0.9,
            also=("battery life",),
            better="high",
        ),
        A(name="mount", kind="text", values=("handlebar", "seat post", "helmet"), coverage=1.0),
        A(name="rechargeable", kind="flag", coverage=1.0, also=("usb charging",)),
        A(name="waterproofing", kind="text", values=("ipx4", "ipx6", "ip67"), coverage=0.7),
        A(name="mass", kind="number", unit="g", low=15, high=400, coverage=0.8, low_words=("light",)),
    ),
)
BAG = CategoryCard(
    tag="C11",
    path=("Outdoor", "Sleeping bags"),
    count=60,
    currency="EUR",
    price_low=30,
    price_high=600,
    priced=1,
    rated=1.0,
    brands=("Nordhaven",),
    attributes=(
        A(name="comfort", kind="number", unit="°C", low=-18, high=15, coverage=0.9, low_words=("warm",)),
        A(name="weight", kind="number", unit="kg", low=0.4, high=3, coverage=1.0, low_words=("light",)),
        A(
            name="fill_power",
            kind="number",
            low=500,
            high=900,
            coverage=0.6,
            also=("loft",),
            better="high",
        ),
        A(name="minimum_height", kind="number", unit="cm", low=140, high=190, coverage=0.5),
        A(name="washable", kind="flag", coverage=0.6),
    ),
)
ALL = (FAN, SCREEN, DISK, CASE, KEYBOARD, CARD, SUPPLY, TENT, GRINDER, LAMP, BAG)


class Ranges:
    """Numbers of the cards' attributes: a few between the lowest and the highest."""

    def numbers(self, path: tuple[str, ...], attribute: str) -> list[float]:
        """Five numbers evenly spread."""
        card = next(card for card in ALL if card.path == path)
        if attribute == "price":
            return [float(card.price_low or 0), float(card.price_high or 0)]
        if attribute == "rating":
            return [3.0, 3.5, 4.0, 4.5, 5.0]
        found: CardAttribute | None = next((a for a in card.attributes if a.name == attribute), None)
        if found is None or found.low is None or found.high is None:
            return []
        return [found.low + (found.high - found.low) * step / 4 for step in range(5)]


def first(card: CategoryCard) -> tuple[CategoryCard, ...]:
    """The card before two others, as search would give them."""
    others = [other for other in ALL if other is not card]
    return (card, *others[:2])
