"""What a person saved from the web: pages, notes and PDFs, and the products that pages mark up for machines.

One file gives records of several kinds: its text becomes a Page, what its markup says becomes products with
their offers and reviews. Nothing here reaches a network but `fetching`, which does so on the person's word.
"""
