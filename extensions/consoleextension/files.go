package consoleextension

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"path"
	"strings"
	"sync"
)

// dist holds what scripts/console bundles from console/, and in a checkout that
// never ran it nothing but a placeholder.
//
//go:embed all:dist
var dist embed.FS

//go:embed unbuilt.html
var unbuilt []byte

// file is a file as it is served.
type file struct {
	body, gzipped []byte // gzipped is nil where it was not made
	contentType   string
	etag          string // of body, quoted
	immutable     bool   // the name holds a hash of the content
}

// fileSet maps paths of URLs to files. It is not changed once made.
type fileSet struct {
	byPath map[string]file
	built  bool // false: the only page tells how to make the others
}

// embedded returns the files of this binary; they are read once.
var embedded = sync.OnceValues(func() (*fileSet, error) {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil, err
	}
	return load(sub)
})

// load reads every file of a folder. Names that end in .gz are the gzipped
// forms of others, names that begin with a dot are no files to serve.
func load(folder fs.FS) (*fileSet, error) {
	set := &fileSet{byPath: map[string]file{}}
	err := fs.WalkDir(folder, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".") || strings.HasSuffix(name, ".gz") {
			return err
		}
		body, err := fs.ReadFile(folder, name)
		if err != nil {
			return err
		}
		f := newFile(name, body)
		f.immutable = strings.HasPrefix(name, "assets/")
		if gz, err := fs.ReadFile(folder, name+".gz"); err == nil {
			f.gzipped = gz
		}
		set.byPath["/"+name] = f
		if path.Ext(name) == ".svg" { // the only picture is the icon
			f.immutable = false
			set.byPath["/favicon.ico"] = f
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	index, built := set.byPath["/index.html"]
	set.built = built
	if !built {
		index = newFile("index.html", unbuilt)
	}
	set.byPath["/"] = index
	return set, nil
}

func newFile(name string, body []byte) file {
	sum := sha256.Sum256(body)
	return file{body: body, contentType: contentType(name), etag: `"` + hex.EncodeToString(sum[:8]) + `"`}
}

// contentType does not ask the machine's tables: what is served must not
// depend on where.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".txt":
		return "text/plain; charset=utf-8"
	}
	return "application/octet-stream"
}
