# SPDX-License-Identifier: BSD-2-Clause
#
# Prints which needs of helpers come back to them, "FILE:LINE: WHAT".  Reads
# what files do, a line each, of four columns with a tab between them: file,
# line, "includes", "defines" or "declares", and the header or the function.

function stem(path) {
	sub(/.*\//, "", path)
	sub(/\.[ch]$/, "", path)
	return path
}

{
	file[NR] = $1
	line[NR] = $2
	does[NR] = $3
	what[NR] = $4
}

$3 == "defines" {
	definer[$4] = stem($1)
	defines[stem($1), $4] = 1
}

END {
	for (i = 1; i <= NR; i++) {
		to = ""
		from = stem(file[i])
		if (does[i] == "declares" && what[i] in definer &&
		    !((from, what[i]) in defines))
			to = definer[what[i]]
		else if (does[i] == "includes" &&
		    what[i] ~ /^(\.\/|(\.\.\/)?helpers\/)?[a-z_]+\.h$/)
			to = stem(what[i])
		if (to == "" || from == to)
			continue
		n++
		user[n] = from
		used[n] = to
		place[n] = file[i] ":" line[i]
		needs[from, to] = 1
		helper[from] = helper[to] = 1
	}
	for (via in helper)
		for (from in helper)
			if ((from, via) in needs)
				for (to in helper)
					if ((via, to) in needs)
						needs[from, to] = 1
	for (i = 1; i <= n; i++)
		if ((used[i], user[i]) in needs)
			print place[i] ": " user[i] " needs " used[i] \
			    ", which needs " user[i]
}
