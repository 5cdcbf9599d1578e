module waxseal

go 1.19
