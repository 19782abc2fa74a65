"""From what OpenVidu tells to what channels hear: ingest, process, sweep, deliver.

Every step leaves its result in the store before the next begins, so that nothing depends on a
process staying alive.
"""
