"""Does the reading answer to the heat that goes in?

A sensor that is stuck, drifts or has come off still gives plausible temperatures. What gives it away is
that heat goes in, or is kept out, and the reading does not do what a pad must do. One module asks one
question, once a second, and each number in them has been tried on thousands of pads
(docs/decisions/0008).
"""
