"""Autoencoders in the file formats of other programs: what each holds, read from it and written to it.

One module per dialect, each with `DIALECT`; `registry` knows them all and recognises which one a file or
folder speaks. Whatever comes in is folded into one value, `Portable`, that computes exactly what the foreign
file computes, or is refused with the reason. Nothing here runs code from a file: pickles are read by torch's
restricted reader only, after their sizes were checked.
"""
