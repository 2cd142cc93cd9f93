"""The forms of readings: day rows and points, the streams and standard days that they lie in, and spans of time to ask for."""
