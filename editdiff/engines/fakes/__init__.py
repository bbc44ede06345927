"""Engines and denoisers that know no language: public fakes, for tests of whatever stands on engines."""
