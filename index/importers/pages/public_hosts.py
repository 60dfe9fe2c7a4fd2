"""Which addresses of the network a page may be fetched from: public ones, and no machine near the person's.

A page's address, and every place that it leads on to, come from outside: they must not name a device at home,
this machine or a cloud's own services.
"""

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address

Address = IPv4Address | IPv6Address
_TRANSLATED = (int(IPv6Address("64:ff9b::")) >> 32, 0)
"""Beginnings of IPv6 addresses whose last 32 bits are one of IPv4: NAT64 and the old compatible form."""


def is_public(address: Address) -> bool:
    """Whether an address is reached over the public network, whatever it is wrapped in."""
    if isinstance(address, IPv6Address):
        inner = _wrapped(address)
        if inner:
            return all(map(is_public, inner))
        if address.is_site_local:
            return False
    near = address.is_private or address.is_loopback or address.is_link_local
    return address.is_global and not (near or address.is_multicast or address.is_reserved)


def addresses_of(host: str, port: int) -> tuple[Address, ...]:
    """What a name stands for, in the order in which the system would try it; raises OSError."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:  # a part of the name is empty or too long
        raise OSError(f"{host} is no name of a host") from error
    return tuple(dict.fromkeys(ip_address(str(entry[4][0]).partition("%")[0]) for entry in found))


def _wrapped(address: IPv6Address) -> tuple[IPv4Address, ...]:
    """The addresses of IPv4 that one of IPv6 leads to."""
    if address.teredo:
        return address.teredo
    if int(address) >> 32 in _TRANSLATED:
        return (IPv4Address(int(address) & 0xFFFFFFFF),)
    single = address.ipv4_mapped or address.sixtofour
    return (single,) if single else ()
