"""A small monograph as a file, in just the form in which files are written."""

from __future__ import annotations

GOOD = """\
format: monograph/1
compound: semax
title: Semax
standfirst: A heptapeptide. One study of 24 people is on record.
change_note: First version.
author: Specimen author A
verified_by: Specimen reviewer B
reviewed_on: '2026-11-20'

summary: |-
  One study was done. [@trial]

  It found nothing.

reading:
  verdict: uncertain
  reason: One small study.
  favourable:
    text: None.
  uncertain:
    text: None.
  no_benefit:
    text: The one study.
    records:
      - scans

cards:
  - record: scans
    label: Scans

sources:
  - key: trial
    label: Study of 24 people
    seen: abstract
    doi: 10.1007/s10517-018-4234-3
    pmid: '30225715'

evidence:
  - id: scans
    outcome: Volume on a scan
    source: trial
    design: imaging
    species: human
    measure: md
    direction: neutral
    status: verified
    better: higher
    is_primary: true
    estimate: '0.90'
    lower: '-0.10'
    upper: '1.90'
    p_text: P=0.08
    n_treated: 14
    n_control: 10
    coded_as: raw
"""
