"""Totals with noise, for large groups: differential privacy as a mode beside exact figures, never in their place.

What is hidden is what a customer used in a month, up to a clip that the documents set. That somebody is a customer, and in which group,
is taken to be known, as everywhere in the audit: so counts are exact. Guarantee: zero-concentrated differential privacy (Bun and
Steinke 2016); noise: the discrete Gaussian (Canonne, Kamath and Steinke 2020), drawn by OpenDP.
"""
