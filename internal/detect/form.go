package detect

// form scans b[i:end] as pairs joined by '&'. With paths the names go on the path.
func (s *scanner) form(i, end int, paths bool) {
	if s.level >= maxLevels {
		return
	}
	s.level++
	base, in := len(s.r.path), s.in
	f := frame{object: true}
	for i < end {
		next, eq := i, -1
		for next < end && s.b[next] != '&' {
			if s.b[next] == '=' && eq < 0 {
				eq = next
			}
			next++
		}
		v, k := i, kNone
		if eq > i {
			k = s.formName(i, eq, paths)
			v = eq + 1
		}
		if k != kNone {
			s.formSibling(&f, k, v, next)
		}
		s.sub(v, next, plain(k), s.formContext(), true, true)
		s.r.path = s.r.path[:base]
		i = next + 1
	}
	s.in = in
	s.level--
}

// formContext: percent-encoding is only undone when a replacement may use it.
func (s *scanner) formContext() Context {
	if s.in == InText {
		return InForm
	}
	return s.in
}

func (s *scanner) formName(i, j int, paths bool) keyClass {
	before := len(s.r.Findings)
	s.sub(i, j, kNone, s.formContext(), true, true)
	return s.nameClass(i, j, true, true, len(s.r.Findings) > before, paths)
}

// formSibling is sibling for the encoded value s.b[v:end].
func (s *scanner) formSibling(f *frame, k keyClass, v, end int) {
	mark, omark := len(s.r.scratch), len(s.r.offsets)
	s.decode(v, end, true)
	pending := f.name.End
	s.sibling(f, k, s.r.scratch[mark:], v)
	if k == kPlainName && f.name.End > 0 && f.name.End != pending {
		f.name.Start, f.name.End = s.raw(v, end)
		f.name.In = s.formContext()
	}
	s.r.scratch, s.r.offsets = s.r.scratch[:mark], s.r.offsets[:omark]
}
