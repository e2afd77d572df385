"""Does the suite notice? Each mutant is a copy of the guard's judgement with one small mistake in it."""
