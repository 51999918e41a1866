package python_test

import (
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/grove-coordination/grove/sdk/plugin/pluginpb"
	"github.com/grove-coordination/grove/sdk/plugin/python"
)

// Python reads the messages that Go writes: both are made of the same file.
func TestDescriptionIsThatOfTheMessages(t *testing.T) {
	raw, err := python.Files.ReadFile("frontend.binpb")
	if err != nil {
		t.Fatal(err)
	}
	var files descriptorpb.FileDescriptorSet
	if err := proto.Unmarshal(raw, &files); err != nil {
		t.Fatal(err)
	}
	if len(files.File) != 1 {
		t.Fatalf("%d files", len(files.File))
	}
	if want := protodesc.ToFileDescriptorProto(pluginpb.File_frontend_proto); !proto.Equal(files.File[0], want) {
		t.Error("frontend.binpb is not of the same frontend.proto as the Go code; go generate ./sdk/plugin/pluginpb makes both")
	}
}
