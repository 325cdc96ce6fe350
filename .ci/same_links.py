"""Holds that the crawler of chapter 13 and hyperlink find the same dead links in a folder.

    same_links.py REPORT_OF_THE_CRAWLER REPORT_OF_HYPERLINK FOLDER

hyperlink names a link from the root of the folder, and a page by its path; both are made equal here.
Prints how many there are, and where they differ.
"""

import json
import os
import sys
from urllib.parse import unquote, urlsplit


def target(address, root):
    """The path from the root and the fragment, as they are written in addresses."""
    path, _, fragment = address.partition("#")
    path = unquote(urlsplit(path).path if path.startswith("file:") else path)
    path = os.path.normpath("/" + os.path.relpath(path, root) if path.startswith(root) else path)
    path = path.removesuffix("/index.html").rstrip("/")
    return path.lstrip("/"), unquote(fragment)


def of_the_crawler(report, root):
    for dead in json.load(open(report))["dead"]:
        yield target(dead["on"], root)[0], target(dead["to"], root)


def of_hyperlink(report, root):
    page = None
    for line in open(report):
        line = line.rstrip("\n")
        if line.startswith("  error: bad link "):
            yield page, target(line.removeprefix("  error: bad link "), root)
        elif line.startswith(root):
            page = target(line, root)[0]


def main():
    crawler, hyperlink, folder = sys.argv[1:]
    root = os.path.realpath(folder)
    ours, theirs = set(of_the_crawler(crawler, root)), set(of_hyperlink(hyperlink, root))
    print(f"dead links: {len(ours)} by the crawler, {len(theirs)} by hyperlink, {len(ours & theirs)} by both")
    for name, found in [("the crawler", ours - theirs), ("hyperlink", theirs - ours)]:
        for page, (to, fragment) in sorted(found)[:20]:
            print(f"  by {name} alone: {page}: {to}#{fragment}")
    sys.exit(ours != theirs)


main()
