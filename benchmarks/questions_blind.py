"""Twelve shopping questions by an author who has not seen the parser, nor any other code of the product.

They are worded as different people would type or say them, and each has its true hard needs as a predicate
over the raw row. Soft wishes (quiet, comfortable, good looking) are not judged. "Under" and "below" leave
the limit itself out, "at most" and the like take it in. The author had the published data and its API.md at
hand, set the limits with the sizes of the gold sets in view, and of the code has read `gold.py` only.
"""

from benchmarks.gold import GoldQuestion, Row, number, pair, price, words

NO_NVIDIA_CHIPSETS = ("Radeon", "FirePro", "Vega", "Arc")
"""How the chipset's name begins on the cards of 16 GB and more that are not by Nvidia."""


def _memory(row: Row) -> bool:
    return (
        pair(row, "speed") == (5, 6000)
        and pair(row, "modules") == (2, 16)
        and number(row, "cas_latency") == 30
        and price(row) < 100
    )


def _motherboard(row: Row) -> bool:
    return words(row, "socket") == "AM5" and words(row, "form_factor") == "Mini ITX" and price(row) <= 220


def _power_supply(row: Row) -> bool:
    return (
        words(row, "modular") in {"Full", "Full / Side"}
        and number(row, "wattage") >= 850
        and words(row, "efficiency") in {"gold", "platinum", "titanium"}
        and price(row) < 120
    )


def _monitor(row: Row) -> bool:
    return (
        number(row, "screen_size") == 34
        and pair(row, "resolution") == (3440, 1440)
        and number(row, "refresh_rate") >= 120
        and price(row) <= 350
    )


def _cpu(row: Row) -> bool:
    return number(row, "core_count") >= 32 and words(row, "graphics") != ""


def _os(row: Row) -> bool:
    name = words(row, "name")
    return "Windows 11 Pro" in name and "USB" in name and price(row) <= 200


def _headphones(row: Row) -> bool:
    return (
        words(row, "type") == "Circumaural"
        and words(row, "enclosure_type") == "Closed"
        and row["wireless"] is True
        and row["microphone"] is True
        and price(row) <= 80
    )


def _keyboard(row: Row) -> bool:
    return (
        row["tenkeyless"] is True
        and "Bluetooth" in words(row, "connection_type")
        and "Brown" in words(row, "switches")
        and price(row) <= 120
    )


def _hard_drive(row: Row) -> bool:
    return (
        number(row, "type") == 7200
        and number(row, "form_factor") == 3.5
        and words(row, "interface").startswith("SATA")
        and number(row, "capacity") >= 16_000
        and price(row) < 300
    )


def _wireless_card(row: Row) -> bool:
    return (
        words(row, "interface").startswith("USB")
        and words(row, "protocol") in {"Wi-Fi 6", "Wi-Fi 6E", "Wi-Fi 7"}
        and price(row) < 50
    )


def _video_card(row: Row) -> bool:
    return (
        words(row, "chipset").startswith(NO_NVIDIA_CHIPSETS)
        and number(row, "memory") >= 16
        and number(row, "length") <= 270
        and price(row) <= 600
    )


def _case_fan(row: Row) -> bool:
    return number(row, "size") == 200 and row["pwm"] is True and number(row, "noise_level") <= 20


QUESTIONS = [
    GoldQuestion(
        id="blind-memory",
        text="2x16gb ddr5 6000 cl30 under $100",
        category="memory",
        fits=_memory,
        note="14 fit. Speed, kit and latency are meant exactly.",
    ),
    GoldQuestion(
        id="blind-motherboard",
        text=(
            "Hi! So I've got a Ryzen 7 9800X3D still sealed on my desk and a tiny mini-ITX case"
            " waiting for it, and now I just need the board that goes between them. I can stretch to"
            " 220 dollars but honestly not a cent more. Wifi would be lovely but I can live without."
            " What would you get?"
        ),
        category="motherboard",
        fits=_motherboard,
        note="4 fit. The processor named sits in socket AM5; wifi is a soft wish.",
    ),
    GoldQuestion(
        id="blind-power-supply",
        text=(
            "need a fuly modualr powr suply, atleast 850 wats, 80+ gold or beter, less then 120"
            " bucks, quite pls"
        ),
        category="power-supply",
        fits=_power_supply,
        note="25 fit. Better than gold is platinum or titanium; quiet is a soft wish.",
    ),
    GoldQuestion(
        id="blind-monitor",
        text=(
            "I'd like one of those really wide 34 inch screens, 3440 by 1440, and it has to do a"
            " hundred and twenty hertz or more. I can spend three hundred and fifty dollars at the"
            " very most."
        ),
        category="monitor",
        fits=_monitor,
        note="11 fit. Size and resolution are meant exactly; the budget is in words.",
    ),
    GoldQuestion(
        id="blind-cpu",
        text=(
            "Looking for a processor with at least 32 cores for rendering, and it must have graphics"
            " built in because there is no room in the box for a video card."
        ),
        category="cpu",
        fits=_cpu,
        note="0 fit. Both needs are hard; no processor in the data meets the two together.",
    ),
    GoldQuestion(
        id="blind-os",
        text="windows 11 pro on a usb stick, not the dvd and not a download. max 200",
        category="os",
        fits=_os,
        note="1 fit. Edition and medium stand in the name only.",
    ),
    GoldQuestion(
        id="blind-headphones",
        text=(
            "My son wants a wireless headset with a mic for playing with his friends. Should go"
            " around the ears, and be closed so the rest of the family doesn't hear his game. Comfy"
            " for glasses if possible. 80 dollars max."
        ),
        category="headphones",
        fits=_headphones,
        note="34 fit. Comfort with glasses is a soft wish.",
    ),
    GoldQuestion(
        id="blind-keyboard",
        text=(
            "tenkeyless bluetooth keyboard w/ brown switches, any brand of brown is fine, up to $120,"
            " cute colours a plus"
        ),
        category="keyboard",
        fits=_keyboard,
        note="13 fit. Bluetooth may be one connection of several; colour is a soft wish.",
    ),
    GoldQuestion(
        id="blind-hard-drive",
        text=(
            "Which 3.5\" spinning drive gives me the most space for under 300 USD? It's going in my"
            " NAS, which only speaks SATA. 7200 rpm please, and nothing smaller than 16 TB."
        ),
        category="internal-hard-drive",
        fits=_hard_drive,
        ordering=("capacity", "high"),
        note="6 fit. A terabyte is 1000 GB, as in the data; the largest comes first.",
    ),
    GoldQuestion(
        id="blind-wireless-card",
        text="cheapest usb wifi dongle that does wifi 6 or newer? has to be below 50 dollars",
        category="wireless-network-card",
        fits=_wireless_card,
        ordering=("price", "low"),
        note="4 fit. Newer than 6 is 6E or 7; any kind of USB plug will do.",
    ),
    GoldQuestion(
        id="blind-video-card",
        text=(
            "No Nvidia please, I'm on Linux and done with their drivers. I want a graphics card with"
            " 16 gigs or more that is no longer than 27 cm, otherwise it hits the drive cage. Budget"
            " tops out at 600."
        ),
        category="video-card",
        fits=_video_card,
        note="7 fit. 27 cm is 270 mm, itself allowed; AMD and Intel both do.",
    ),
    GoldQuestion(
        id="blind-case-fan",
        text=(
            "the big 200mm fan at the front of my case died. replacement needs pwm and should never"
            " be louder than 20 dB, even flat out. price doesn't matter"
        ),
        category="case-fan",
        fits=_case_fan,
        note="3 fit. The upper end of a noise range counts; a fan without a price may fit, none being asked.",
    ),
]
