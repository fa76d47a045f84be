package detect

const maxKey = 64

// password reports whether the values of a class are passwords.
func (k keyClass) password() bool {
	return k == kPassword || k == kPass || k == kPwd || k == kSecretWord
}

// keyWords is a key name cut into lower-case words without separators.
type keyWords struct {
	buf   [maxKey]byte
	start [maxKey + 1]uint8
	n     int // words
	len   int
}

func (w *keyWords) split(key []byte) {
	if len(key) > maxKey {
		key = key[len(key)-maxKey:]
	}
	word := false
	var prev uint8
	for i, c := range key {
		k := class[c]
		if k&(cAlnum|cHigh) == 0 {
			word, prev = false, 0
			continue
		}
		camel := k&cUpper != 0 && (prev&cLower != 0 || prev&cUpper != 0 && i+1 < len(key) && class[key[i+1]]&cLower != 0)
		if !word || camel {
			w.start[w.n] = uint8(w.len)
			w.n++
			word = true
		}
		w.buf[w.len] = lower(c)
		w.len++
		prev = k
	}
	w.start[w.n] = uint8(w.len)
}

// last returns the last n words, joined.
func (w *keyWords) last(n int) []byte { return w.buf[w.start[w.n-n]:w.len] }

func (w *keyWords) drop() {
	w.n--
	w.len = int(w.start[w.n])
}

// classify tells what a key's name says about its value.
func classify(key []byte) keyClass {
	if !mayBeKey(key) {
		if len(key) == 1 && lower(key[0]) == 'v' {
			return kVersion
		}
		return kNone
	}
	var w keyWords
	w.split(key)
	for w.n > 1 && (passwordTail[string(w.last(1))] || isDigit(w.buf[w.start[w.n-1]])) {
		if c := w.class(); c.password() || c == kSecret {
			return c
		}
		w.drop()
	}
	return w.class()
}

func (w *keyWords) class() keyClass {
	if w.n == 0 {
		return kNone
	}
	if c, n := w.longest(); n > 0 {
		return w.refine(c, n)
	}
	s := w.last(1)
	for _, suffix := range [...]string{"password", "passwd", "passphrase", "secret"} {
		if len(s) > len(suffix) && string(s[len(s)-len(suffix):]) == suffix {
			return kPassword
		}
	}
	for _, suffix := range [...]string{"firstname", "lastname", "surname", "fullname"} {
		if len(s) > len(suffix) && string(s[len(s)-len(suffix):]) == suffix {
			return kPersonName
		}
	}
	return kNone
}

// longest returns the class of the most words at the end, at most four, that
// together are a name, and their number.
func (w *keyWords) longest() (class keyClass, words int) {
	h, i := uint32(0), w.len
	for n := 1; n <= min(4, w.n); n++ {
		for from := int(w.start[w.n-n]); i > from; i-- {
			h = (h + uint32(w.buf[i-1])) * hashStep
		}
		if nameHashes[(h>>19)/64]&(1<<((h>>19)%64)) == 0 {
			continue
		}
		if c, ok := keyNames[string(w.last(n))]; ok {
			class, words = c, n
		}
	}
	return class, words
}

const hashStep = 0x9e3779b1

// nameHashes has a bit for the hash, from end to start, of every name.
var nameHashes = func() (t [1 << 13 / 64]uint64) {
	for name := range keyNames {
		h := uint32(0)
		for i := len(name); i > 0; i-- {
			h = (h + uint32(name[i-1])) * hashStep
		}
		t[(h>>19)/64] |= 1 << ((h >> 19) % 64)
	}
	return
}()

// refine looks at the word before the n words that have class c.
func (w *keyWords) refine(c keyClass, n int) keyClass {
	if w.n == n {
		return c
	}
	before := string(w.buf[w.start[w.n-n-1]:w.start[w.n-n]])
	switch c {
	case kPlainName:
		return nameOf(before)
	case kPwd:
		if before != "old" {
			return kPassword
		}
	case kSecretWord: // client_secret is no object of Kubernetes
		return kPassword
	case kToken:
		switch before {
		case "public", "page", "next", "continuation", "cancellation", "sync", "cancel", "key":
			return kNone
		}
	case kCall:
		if before == "phone" || before == "mobile" || before == "contact" || before == "telephone" {
			return kPhone
		}
	case kAge, kAddress:
		return kNone
	}
	return c
}

// nameOf tells whose name a key holds from the word before "name".
func nameOf(before string) keyClass {
	switch before {
	case "user", "client", "build":
		return kNone // an account's name
	case "holder", "doctor", "contact":
		return kPersonName
	}
	if keyNames[before] == kPerson {
		return kPersonName
	}
	return kNone
}

// Most words of a log mean nothing as a key, which the last letters tell:
// fourEnds has a bit for the hash of the last four of every name, threeEnds for
// the last three, to be asked where a word begins there.
var fourEnds, threeEnds = func() (four, three [1 << 15 / 64]uint64) {
	add := func(name string) {
		n := len(name)
		if n >= 4 {
			x := ends4(name[n-4], name[n-3], name[n-2], name[n-1])
			four[x/64] |= 1 << (x % 64)
		}
		if n >= 3 {
			x := ends3(name[n-3], name[n-2], name[n-1])
			three[x/64] |= 1 << (x % 64)
		}
	}
	for name := range keyNames {
		add(name)
	}
	for name := range passwordTail {
		add(name)
	}
	return
}()

func ends3(a, b, c byte) uint { return uint(a&31)<<10 | uint(b&31)<<5 | uint(c&31) }

func ends4(a, b, c, d byte) uint { return (uint(a&31)<<9 ^ ends3(b, c, d)) & (1<<15 - 1) }

// mayBeKey is false for most names that classify would call kNone.
func mayBeKey(b []byte) bool {
	n := len(b)
	for k := 0; n > 0 && k < 4 && class[b[n-1]]&cLetter == 0; k++ { // password_2
		if b[n-1] >= 0x80 {
			return true
		}
		n--
	}
	if n < 2 {
		return false
	}
	if n == 2 {
		return shortWord(lower(b[0]), lower(b[1]))
	}
	w, x, y, z := uint8(0), class[b[n-3]], class[b[n-2]], class[b[n-1]]
	if n > 3 {
		w = class[b[n-4]]
	}
	switch {
	case (w|x|y|z)&cHigh != 0:
		return true
	case y&cLetter == 0:
		return false
	case x&cLetter == 0: // card_no
		if w&cLetter == 0 {
			return n > 3
		}
		v := ends3(b[n-4], b[n-2], b[n-1])
		return threeEnds[v/64]&(1<<(v%64)) != 0
	case w&cLetter == 0, x&cUpper != 0:
		v := ends3(b[n-3], b[n-2], b[n-1])
		return threeEnds[v/64]&(1<<(v%64)) != 0
	}
	v := ends4(b[n-4], b[n-3], b[n-2], b[n-1])
	return fourEnds[v/64]&(1<<(v%64)) != 0
}

// shortWord holds for the words of two letters that end a name.
func shortWord(y, z byte) bool {
	switch y {
	case 'c', 'p', 'b':
		return z == y && y == 'c' || y == 'p' && z == 'w' || y == 'b' && z == 'y'
	case 'n':
		return z == 'o' || z == 'r'
	case 'd':
		return z == 't'
	case 'i':
		return z == 'd'
	}
	return false
}
