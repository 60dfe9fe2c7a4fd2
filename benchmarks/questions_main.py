"""Thirty-two shopping questions over the PC parts, each with its true hard needs over raw rows.

Written without sight of any question parser. Soft words (quiet, cheap-looking, small) are never judged. An
unknown value on a hard need is not a fit, a budget included: most parts carry no price. Limits such as
"under" exclude the amount itself; "at most", "tops" and "not a cent over" include it.
"""

from benchmarks.gold import GoldQuestion, Row, has_colour, lacks_colour, made_by, number, pair, price, words


def _gigabytes(row: Row) -> float:
    """Return the size of all memory modules together."""
    modules, size = pair(row, "modules")
    return modules * size


QUESTIONS: tuple[GoldQuestion, ...] = (
    GoldQuestion(
        id="fan-quiet-140",
        text="a quiet 140 mm PWM case fan under $20",
        category="case-fan",
        fits=lambda r: number(r, "size") == 140 and r["pwm"] is True and price(r) < 20,
        note="56 fit. Quiet is soft and not judged.",
    ),
    GoldQuestion(
        id="monitor-1440p-ips",
        text="a 27 inch 1440p IPS monitor with at least 144 Hz for less than $250",
        category="monitor",
        fits=lambda r: (
            26.5 <= number(r, "screen_size") <= 27.5
            and pair(r, "resolution") == (2560, 1440)
            and "IPS" in words(r, "panel_type").split()
            and number(r, "refresh_rate") >= 144
            and price(r) < 250
        ),
        note="26 fit. 26.5 to 27.5 inches count as 27; Nano IPS and Mini LED IPS count as IPS.",
    ),
    GoldQuestion(
        id="ssd-2tb-cache",
        text="the cheapest 2 TB NVMe SSD with a cache",
        category="internal-hard-drive",
        fits=lambda r: (
            number(r, "capacity") in (2000, 2048)
            and r["type"] == "SSD"
            and "PCIe" in words(r, "interface")
            and number(r, "cache") > 0
            and price(r) > 0
        ),
        ordering=("price", "low"),
        note="22 fit. 2000 or 2048 GB; any PCIe interface counts as NVMe; cheapest needs a known price.",
    ),
    GoldQuestion(
        id="case-glass-not-white",
        text="an ATX case under $80 with a tempered glass side panel, not white",
        category="case",
        fits=lambda r: (
            words(r, "type").startswith("ATX ")
            and "Tempered Glass" in words(r, "side_panel")
            and lacks_colour(r, "White")
            and price(r) < 80
        ),
        note="68 fit. Every ATX size counts, MicroATX does not; tinted tempered glass counts.",
    ),
    GoldQuestion(
        id="gpu-most-vram",
        text="whats the most VRAM i can get for under 400",
        category="video-card",
        fits=lambda r: price(r) < 400 and number(r, "memory") > 0,
        ordering=("memory", "high"),
        note="415 fit. Many cards share the highest amount; any of them may come first.",
    ),
    GoldQuestion(
        id="gpu-nephew",
        text=(
            "So my nephew turns fourteen on Saturday and somehow I'm the one in charge of his graphics "
            "card, which is a laugh because the last computer I opened had a turbo button. The box he has "
            "is tiny: I held a ruler in it and anything longer than 24 centimetres just won't go. His "
            "friends swear you need 8 gigs of memory on the card at the very least. I told my sister I'm "
            "good for three hundred dollars and not more. He likes football and doesn't care what it looks "
            "like."
        ),
        category="video-card",
        fits=lambda r: number(r, "length") <= 240 and number(r, "memory") >= 8 and price(r) <= 300,
        note="27 fit. Centimetres against millimetres; a budget in words; age, party and looks are no needs.",
    ),
    GoldQuestion(
        id="gpu-4090-white-grand",
        text="Is there such a thing as a white RTX 4090 for less than a grand?",
        category="video-card",
        fits=lambda r: "RTX 4090" in words(r, "chipset") and has_colour(r, "White") and price(r) < 1000,
        note="0 fit. White ones exist, but the cheapest with a known price costs almost three times that.",
    ),
    GoldQuestion(
        id="ram-terse-64",
        text="ddr5 64gb kit <200",
        category="memory",
        fits=lambda r: pair(r, "speed")[0] == 5 and _gigabytes(r) == 64 and price(r) < 200,
        note="107 fit. Modules times size must make 64 GB; kit names the goods, so one module counts too.",
    ),
    GoldQuestion(
        id="ram-skip-corsair",
        text=(
            "Two sticks, 16 gigs each, DDR4. Skip Corsair. What's the fastest going for under a hundred "
            "bucks?"
        ),
        category="memory",
        fits=lambda r: (
            pair(r, "modules") == (2, 16)
            and pair(r, "speed")[0] == 4
            and not made_by(r, "Corsair")
            and price(r) < 100
        ),
        ordering=("speed", "high"),
        note="67 fit. Fastest is the highest MHz, the second number of the speed.",
    ),
    GoldQuestion(
        id="ram-96-tight",
        text="96 GB of DDR5, CAS latency 28 or tighter, three hundred dollars or less. Else I wait.",
        category="memory",
        fits=lambda r: (
            pair(r, "speed")[0] == 5
            and _gigabytes(r) == 96
            and number(r, "cas_latency") <= 28
            and price(r) <= 300
        ),
        note="0 fit. Such kits exist, all of them dearer.",
    ),
    GoldQuestion(
        id="cpu-65-watts",
        text=(
            "New processor for an office PC. Sixty-five watts at most, eight cores minimum, 3.5 GHz or "
            "faster before any boosting, and graphics built in since there is no room for a card. I can "
            "stretch to $250."
        ),
        category="cpu",
        fits=lambda r: (
            number(r, "tdp") <= 65
            and number(r, "core_count") >= 8
            and number(r, "core_clock") >= 3.5
            and words(r, "graphics") != ""
            and price(r) <= 250
        ),
        note="1 fit. The clock is the base clock; unstated graphics are unknown and so no fit.",
    ),
    GoldQuestion(
        id="cpu-dozen-cores",
        text="Cheapest AMD chip with no fewer than a dozen cores?",
        category="cpu",
        fits=lambda r: made_by(r, "AMD") and number(r, "core_count") >= 12 and price(r) > 0,
        ordering=("price", "low"),
        note="21 fit. A chip is a processor here; AMD also names graphics cards, which have no cores listed.",
    ),
    GoldQuestion(
        id="cooler-white-30db",
        text="I'm after a white CPU cooler that makes no more than 30 decibels. 45 bucks is my ceiling.",
        category="cpu-cooler",
        fits=lambda r: number(r, "noise_level") <= 30 and has_colour(r, "White") and price(r) <= 45,
        note="25 fit. The loud end of a noise range must stay at or below 30 dB.",
    ),
    GoldQuestion(
        id="cooler-360-not-black",
        text="360mm liquid cooler in anything but black, and not a cent over $100",
        category="cpu-cooler",
        fits=lambda r: number(r, "size") == 360 and lacks_colour(r, "Black") and price(r) <= 100,
        note="23 fit. The size is the radiator's; black as one of two colours is black.",
    ),
    GoldQuestion(
        id="psu-kilowatt",
        text=(
            "My rig wants a kilowatt. Gold or platinum rated, all the cables detachable, somewhere between "
            "120 and 180 dollars for the power supply."
        ),
        category="power-supply",
        fits=lambda r: (
            number(r, "wattage") == 1000
            and r["efficiency"] in ("gold", "platinum")
            and words(r, "modular").startswith("Full")
            and 120 <= price(r) <= 180
        ),
        note="23 fit. Exactly 1000 W; detachable cables are full modularity; titanium was not asked for.",
    ),
    GoldQuestion(
        id="psu-sfx-shoebox",
        text="Squeezing a monster into a shoebox here: SFX power supply, 1,000 W or beefier, $150 tops.",
        category="power-supply",
        fits=lambda r: r["type"] == "SFX" and number(r, "wattage") >= 1000 and price(r) <= 150,
        note="0 fit. The cheapest with a known price is about 45 dollars over.",
    ),
    GoldQuestion(
        id="keyboard-brown-no-rgb",
        text="Tenkeyless keyboard, brown switches, cordless. No RGB, a plain backlight is fine. 90 tops.",
        category="keyboard",
        fits=lambda r: (
            r["tenkeyless"] is True
            and "Brown" in words(r, "switches").split()
            and "Wireless" in words(r, "connection_type")
            and words(r, "backlit") not in ("", "RGB")
            and price(r) <= 90
        ),
        note="4 fit. Any maker's brown switch; wireless beside a cable counts; unstated light is unknown.",
    ),
    GoldQuestion(
        id="keyboard-typos",
        text="ergonmic keybord, wireles, under 60$ pleas",
        category="keyboard",
        fits=lambda r: (
            words(r, "style").startswith("Ergonomic")
            and "Wireless" in words(r, "connection_type")
            and price(r) < 60
        ),
        note="8 fit. Split ergonomic keyboards count.",
    ),
    GoldQuestion(
        id="headphones-not-black",
        text=(
            "Looking at wireless over-ear headphones for video calls, so they need a mic. I've put aside "
            "from 80 to 120 bucks. Any colour will do as long as there's no black on them."
        ),
        category="headphones",
        fits=lambda r: (
            r["type"] == "Circumaural"
            and r["wireless"] is True
            and r["microphone"] is True
            and lacks_colour(r, "Black")
            and 80 <= price(r) <= 120
        ),
        note="9 fit. Over-ear is circumaural; on-ear (supra-aural) is not.",
    ),
    GoldQuestion(
        id="headphones-open-around-180",
        text=(
            "Open-back cans from Sennheiser or Beyerdynamic, and without a microphone hanging off them. "
            "Thinking somewhere around 180 dollars."
        ),
        category="headphones",
        fits=lambda r: (
            r["enclosure_type"] == "Open"
            and r["microphone"] is False
            and made_by(r, "Sennheiser", "Beyerdynamic")
            and 144 <= price(r) <= 216
        ),
        note="7 fit. Around 180 is read generously, a fifth either way; semi-open is not open.",
    ),
    GoldQuestion(
        id="board-am5-itx",
        text=(
            "Building small: AM5 board, Mini-ITX, has to take at least 96 gigs of RAM. Two hundred dollars "
            "max."
        ),
        category="motherboard",
        fits=lambda r: (
            r["socket"] == "AM5"
            and r["form_factor"] == "Mini ITX"
            and number(r, "max_memory") >= 96
            and price(r) <= 200
        ),
        note="3 fit.",
    ),
    GoldQuestion(
        id="hdd-two-terabytes",
        text=(
            "Two terabytes of spinning rust please, plain SATA, turning at 7200 rpm or better. I'd like "
            "change from eighty dollars."
        ),
        category="internal-hard-drive",
        fits=lambda r: (
            number(r, "capacity") in (2000, 2048)
            and number(r, "type") >= 7200
            and words(r, "interface").startswith("SATA")
            and price(r) < 80
        ),
        note="9 fit. A hard disk's type is its speed; change from eighty means below eighty.",
    ),
    GoldQuestion(
        id="ssd-mums-laptop",
        text=(
            "Mum's laptop is from 2014 and takes about four minutes to start. She makes tea meanwhile, "
            "which she says is fine, but it drives me up the wall every Sunday when I'm over for lunch. I'd "
            "like to swap its disk for a solid state one: the 2.5 inch SATA sort, nothing fancier will plug "
            "in. A 0.5 TB one is what I'm after, and I don't want to pay above 40 bucks. She has 16 years "
            "of photos on there so wish me luck."
        ),
        category="internal-hard-drive",
        fits=lambda r: (
            r["type"] == "SSD"
            and number(r, "form_factor") == 2.5
            and words(r, "interface").startswith("SATA")
            and 500 <= number(r, "capacity") <= 512
            and price(r) <= 40
        ),
        note="21 fit. 500 to 512 GB count as 0.5 TB, 480 does not; years and minutes are no needs.",
    ),
    GoldQuestion(
        id="ssd-8tb-300",
        text="an 8TB solid state drive, can't go past 300",
        category="internal-hard-drive",
        fits=lambda r: r["type"] == "SSD" and 8000 <= number(r, "capacity") <= 8192 and price(r) <= 300,
        note="0 fit. The cheapest with a known price is about twice that; 8 TB hard disks are a trap.",
    ),
    GoldQuestion(
        id="monitor-24-shooter",
        text='24" full HD screen for competitive shooters, 240 Hz minimum. Spending cap: $130',
        category="monitor",
        fits=lambda r: (
            23.5 <= number(r, "screen_size") <= 24.5
            and pair(r, "resolution") == (1920, 1080)
            and number(r, "refresh_rate") >= 240
            and price(r) <= 130
        ),
        note="1 fit. 23.5 to 24.5 inches count as 24.",
    ),
    GoldQuestion(
        id="monitor-4k-oled-fastest",
        text="Money is no object for once. Which 4K OLED display has the fastest refresh?",
        category="monitor",
        fits=lambda r: (
            pair(r, "resolution") == (3840, 2160)
            and "OLED" in words(r, "panel_type")
            and number(r, "refresh_rate") > 0
        ),
        ordering=("refresh_rate", "high"),
        note="42 fit. QD-OLED and WOLED count; no budget, so a price need not be known.",
    ),
    GoldQuestion(
        id="case-six-disks",
        text=(
            "I hoard disks. Over the years it has come to six 3.5-inch ones full of family video, and my "
            "wife would like the humming heap off the dining table before her parents visit in June. So: an "
            "ATX tower with internal bays for all six, from Fractal Design or Lian Li because those two "
            "have never cut my fingers, and $200 is the very most I'll pay. If two come out level I'd take "
            "the one with glass, but that's a tie-break and nothing more."
        ),
        category="case",
        fits=lambda r: (
            words(r, "type").startswith("ATX ")
            and words(r, "type").endswith("Tower")
            and number(r, "internal_35_bays") >= 6
            and made_by(r, "Fractal Design", "Lian Li")
            and price(r) <= 200
        ),
        note="4 fit. Glass is a wish to follow between equals, never a hard need.",
    ),
    GoldQuestion(
        id="fan-white-airflow",
        text=(
            "White 120 mm case fans that shift upwards of 70 CFM yet stay at 28 dB or below flat out. "
            "Fifteen dollars apiece at the outside."
        ),
        category="case-fan",
        fits=lambda r: (
            number(r, "size") == 120
            and number(r, "airflow") >= 70
            and number(r, "noise_level") <= 28
            and has_colour(r, "White")
            and price(r) <= 15
        ),
        note="1 fit. Flat out is the upper end of an airflow or noise range.",
    ),
    GoldQuestion(
        id="wifi-6e-or-7",
        text=(
            "Need a Wi-Fi 6E or Wi-Fi 7 card that goes in a spare PCIe slot of a desktop, so no M.2 modules "
            "and no USB sticks. Forty dollars is the limit."
        ),
        category="wireless-network-card",
        fits=lambda r: (
            r["protocol"] in ("Wi-Fi 6E", "Wi-Fi 7")
            and words(r, "interface").startswith("PCIe")
            and price(r) <= 40
        ),
        note="4 fit. Plain Wi-Fi 6 is neither; Mini-PCIe is no desktop slot.",
    ),
    GoldQuestion(
        id="paste-arctic-ten-grams",
        text=(
            "thermal paste by ARCTIC (the MX people, no relation to Arctic Silver), ten grams or more, "
            "costing under 15 dollars"
        ),
        category="thermal-paste",
        fits=lambda r: made_by(r, "ARCTIC") and number(r, "amount") >= 10 and price(r) < 15,
        note="1 fit. Arctic Silver is another maker and a trap that meets the rest.",
    ),
    GoldQuestion(
        id="optical-bluray-burner",
        text="does anyone still sell a blu-ray burner for less than 120 dollars?",
        category="optical-drive",
        fits=lambda r: words(r, "bd_write") != "" and price(r) < 120,
        note="3 fit. A burner states its Blu-ray writing speeds; one that only reads the discs does not.",
    ),
    GoldQuestion(
        id="sound-plain-pci",
        text=(
            "Restoring a Windows 98 machine. It only has plain old PCI slots, no PCI Express at all. Which "
            "sound card could I buy for $60 at most?"
        ),
        category="sound-card",
        fits=lambda r: r["interface"] == "PCI" and price(r) <= 60,
        note="0 fit. PCI cards are listed, none with a price, and every priced card is PCI Express.",
    ),
)
