from making import Thing

a = Thing("a", n=13)
