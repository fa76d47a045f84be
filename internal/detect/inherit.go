package detect

// Inherits reports whether a key says that all values under it are secrets,
// whatever their own names: {"password": {"old": "x", "new": "y"}}. It is for
// those who walk nested values themselves and scan leaf by leaf; they give such
// a key as Input.Key of every leaf. JSON does this for its own members.
func Inherits(key string) bool {
	if len(key) > maxKey {
		key = key[len(key)-maxKey:]
	}
	var buf [maxKey]byte
	k := classify(buf[:copy(buf[:], key)])
	return k == kPassword || k == kSecret
}
