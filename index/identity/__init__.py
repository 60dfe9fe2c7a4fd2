"""What several sources tell of one thing: the numbers that prove it, the person's word, and the merged view.

Records stay in the catalogue as their sources tell them. What follows from them stands in tables of its own
(`agreeing`) and is put in when records are read (`seen`, `things`), so that taking a word back undoes it.
"""
