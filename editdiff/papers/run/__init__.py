"""Networks of the papers' objectives on bytes: trained, judged, and the text that they write."""
