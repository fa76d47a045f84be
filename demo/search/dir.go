package search

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// maxFile bounds what is read at once, in bytes.
const maxFile = 1 << 30

// Dir searches every regular file below a directory; file names are searched
// too. A file that can't be read makes the search incomplete; one that vanished
// meanwhile was not kept.
func (s *Searcher) Dir(dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("open %s to search it: %w", dir, err)
	}
	defer root.Close()
	return fs.WalkDir(root.FS(), ".", func(path string, d fs.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil
		}
		if err != nil {
			s.incomplete("%s: %v", path, err)
			return nil
		}
		s.look("name of "+path, []byte(path), -1, nil)
		if d.Type().IsRegular() {
			s.file(root, dir, path)
		}
		return nil
	})
}

func (s *Searcher) file(root *os.Root, dir, path string) {
	info, err := root.Stat(path)
	if err == nil && info.Size() > maxFile {
		s.incomplete("%s: %d bytes are more than a search takes", path, info.Size())
		return
	}
	b, err := root.ReadFile(path)
	if os.IsNotExist(err) {
		return
	}
	if err != nil {
		s.incomplete("%s: %v", path, err)
		return
	}
	s.Bytes(filepath.Join(filepath.Base(dir), path), b)
}
