package zoocfg

import (
	"bytes"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// YAML is the settings as a file that `grove serve --config` reads, each with a remark of where it comes from.
func (t *Translation) YAML() ([]byte, error) {
	root := &yaml.Node{Kind: yaml.MappingNode}
	root.HeadComment = fmt.Sprintf("Made of %s by grove config import. What is not here has its default.", t.Source)
	for _, s := range t.Settings {
		if err := place(root, s); err != nil {
			return nil, err
		}
	}
	var out bytes.Buffer
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	if err := enc.Encode(root); err != nil {
		return nil, err
	}
	return out.Bytes(), enc.Close()
}

// place puts a setting into the section its key names.
func place(root *yaml.Node, s Setting) error {
	section, key, _ := strings.Cut(s.Key, ".")
	value := &yaml.Node{}
	if err := value.Encode(s.Value); err != nil {
		return fmt.Errorf("%s: %w", s.Key, err)
	}
	name := &yaml.Node{Kind: yaml.ScalarNode, Value: key}
	if value.Kind == yaml.ScalarNode {
		value.LineComment = s.From
	} else {
		name.LineComment = s.From
	}
	in := mapping(root, section)
	in.Content = append(in.Content, name, value)
	return nil
}

// mapping is the section of that name, made when it is not there.
func mapping(root *yaml.Node, name string) *yaml.Node {
	for i := 0; i+1 < len(root.Content); i += 2 {
		if root.Content[i].Value == name {
			return root.Content[i+1]
		}
	}
	section := &yaml.Node{Kind: yaml.MappingNode}
	root.Content = append(root.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: name}, section)
	return section
}
