"""Certificates and chromatograms for the demo shop: real files, every one marked as a specimen.

The laboratories, people and figures are made up; nothing here was measured.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time
from itertools import pairwise

from shop.core import typeset
from shop.inventory import chromatogram

SPECIMEN_LINE = "Specimen made for a demonstration. Not a real certificate."


@dataclass(frozen=True)
class SpecimenTest:
    """One row of results, as printed."""

    name: str
    method: str
    limit: str
    result: str
    outcome: str


@dataclass(frozen=True)
class SpecimenIon:
    """One row of the identity table: an ion, its m/z calculated and found, and the difference, as printed."""

    ion: str
    calculated: str
    found: str
    difference: str


@dataclass(frozen=True)
class SpecimenCertificate:
    """Everything a specimen certificate prints, as text, with the dates that order it."""

    laboratory: str
    laboratory_place: str
    laboratory_relation: str
    accreditation: str
    report_number: str
    revision: int
    reason: str
    product: str
    catalogue_number: str
    substance: tuple[tuple[str, str], ...]
    """Label and value, such as CAS number, sequence, salt, amount in the vial, storage."""
    lot_number: str
    manufactured_on: date
    retest_on: date | None
    expires_on: date | None
    sample: str
    drawn_by: str
    received_on: date
    tested_from: date
    tested_to: date
    issued_on: date
    tests: tuple[SpecimenTest, ...]
    not_tested: str
    mass_type: str
    """Monoisotopic or average: which masses the identity table gives."""
    identity: tuple[SpecimenIon, ...]
    authorised_by: str
    authorised_role: str
    trace_conditions: str = ""
    trace_csv: bytes | None = None


def specimen_certificate_pdf(certificate: SpecimenCertificate) -> bytes:
    """The certificate as a PDF. The same certificate gives the same bytes."""
    data = asdict(certificate) | {
        "specimen_line": SPECIMEN_LINE,
        "manufactured_on": _printed(certificate.manufactured_on),
        "retest_on": _printed(certificate.retest_on),
        "expires_on": _printed(certificate.expires_on),
        "received_on": _printed(certificate.received_on),
        "tested_on": _printed_span(certificate.tested_from, certificate.tested_to),
        "issued_on": _printed(certificate.issued_on),
        "figure": _figure(certificate.trace_csv),
    }
    for spent in ("trace_csv", "tested_from", "tested_to"):
        del data[spent]
    return typeset.pdf("certificate", data, made_at=datetime.combine(certificate.issued_on, time(12), UTC))


def specimen_chromatogram(
    peaks: Sequence[tuple[float, float]],
    *,
    seed: str,
    run: str,
    minutes: float = 20.0,
    height: float = 1130.0,
    injection: float = 2.0,
) -> bytes:
    """A made-up chromatogram as CSV, the same for the same seed, marked in its first line.

    `peaks` are (minute, share of the total area in per cent); the tallest gets `height` mAU. What is missing
    to 100 % becomes small peaks elsewhere, each smaller than the smallest given. The injection disturbs the
    baseline before integration begins.
    """
    # Not for secrets: a seed makes the same specimen again.
    chance = random.Random(seed)  # noqa: S311
    bands = [_Band(minute, share, 0.085 + 0.005 * minute / 4) for minute, share in peaks]
    bands += _small_bands(bands, chance, first=injection + 2.5, last=minutes - 1.5)
    scale = height / max(band.height for band in bands)
    drift = chance.uniform(0.05, 0.2)
    lines = ["# specimen trace", f"# run {run}", f"# integrated from {injection + 1:g} min", "time_min,mAU"]
    for step in range(round(minutes * 100) + 1):
        minute = step / 100
        signal = scale * sum(band.at(minute) for band in bands)
        signal += 9 * math.exp(-(((minute - injection) / 0.18) ** 2)) + drift * minute + chance.gauss(0, 0.05)
        lines.append(f"{minute:.2f},{signal:.3f}")
    return ("\n".join(lines) + "\n").encode()


@dataclass(frozen=True)
class _Band:
    """A slightly tailing peak: two half Gaussians, the later one wider by a fifth."""

    minute: float
    share: float
    width: float

    @property
    def height(self) -> float:
        return self.share / (math.sqrt(math.pi / 2) * self.width * 2.2)

    def at(self, minute: float) -> float:
        width = self.width if minute < self.minute else 1.2 * self.width
        return self.height * math.exp(-(((minute - self.minute) / width) ** 2) / 2)


def _small_bands(bands: Sequence[_Band], chance: random.Random, *, first: float, last: float) -> list[_Band]:
    """Bands for the share that the given ones leave, in the widest gaps between them."""
    missing = round(100 - sum(band.share for band in bands), 6)
    if missing < 0:
        raise ValueError(f"the peaks have {100 - missing} % of the area")
    if missing == 0:
        return []
    count = math.ceil(missing / (0.8 * min(band.share for band in bands)))
    taken, placed = [first, *(band.minute for band in bands), last], list[_Band]()
    for _ in range(count):
        low, high = max(pairwise(sorted(taken)), key=lambda gap: gap[1] - gap[0])
        minute = low + (high - low) * chance.uniform(0.4, 0.6)
        taken.append(minute)
        placed.append(_Band(round(minute, 2), missing / count, 0.1))
    return placed


def _figure(trace_csv: bytes | None) -> dict[str, object] | None:
    if trace_csv is None:
        return None
    trace = chromatogram.parse(trace_csv)
    peaks = chromatogram.integrate(trace)
    return {
        "title": chromatogram.takeaway(peaks),
        "description": chromatogram.description(trace, peaks),
        **asdict(chromatogram.plot(trace, peaks)),
    }


def _printed(day: date | None) -> str:
    return f"{day.day} {day:%b %Y}" if day else ""


def _printed_span(first: date, last: date) -> str:
    if first == last:
        return _printed(last)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{_printed(last)}"
    return f"{_printed(first)} – {_printed(last)}"
