"""The preview site: every tutorial as a page with the outputs of a run, in each language, and a catalogue by sector.

Its pages are files: no script, and nothing from elsewhere. Made by `aif tutorials build --site`, in the environment of
people's servers, which has nbclient, nbconvert, Beautiful Soup and Jinja.
"""
