using System.Text;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.LiteLlm;

namespace CleanGateway.UnitTests.Infrastructure.LiteLlm;

public class YamlReaderTests
{
    private readonly YamlReader reader = new();

    [Theory]
    [InlineData("a: 1\nb: [x, 'y', \"z\\n\"]", """{"a":1,"b":["x","y","z\n"]}""")]
    [InlineData("a: true\nb: yes\nc: off\nd: 'yes'", """{"a":true,"b":true,"c":false,"d":"yes"}""")]
    [InlineData("a:\nb: ~\nc: null\nd: ''", """{"a":null,"b":null,"c":null,"d":""}""")]
    [InlineData("a: 3e-05\nb: .5\nc: 2.\nd: -0.00003\ne: +7", """{"a":3e-05,"b":0.5,"c":2,"d":-0.00003,"e":7}""")]
    [InlineData("a: 2024-10-21\nb: 0755\nc: 1_000\nd: 1e999999", """{"a":"2024-10-21","b":"0755","c":"1_000","d":1e999999}""")]
    [InlineData("a: &a {x: 1, y: 2}\nb: *a\nc:\n  <<: *a\n  y: 3", """{"a":{"x":1,"y":2},"b":{"x":1,"y":2},"c":{"y":3,"x":1}}""")]
    [InlineData("a: |\n  x\n  y\n", """{"a":"x\ny\n"}""")]
    [InlineData("# nothing\n", "null")]
    [InlineData("", "null")]
    [InlineData("\uFEFFa: 1", """{"a":1}""")]
    public void YAML_is_read_as_PyYAML_reads_it(string yaml, string json) => Read(yaml).Should().Be(json);

    [Theory]
    [InlineData("a: 1\na: 2", "line 2, column 1: 'a' is there twice")]
    [InlineData("a: !!python/object:os.system x", "line 1, column 4: it has a tag (!), where plain data is expected")]
    [InlineData("a: !<tag:yaml.org,2002:str> x", "line 1, column 4: it has a tag")]
    [InlineData("a: *b", "it has an alias without its anchor")]
    [InlineData("a: 1\n--- \nb: 2", "there is a second document")]
    [InlineData("a: [1, 2", "it is not valid YAML")]
    [InlineData("a: [x\n...\n, y]", "it is not valid YAML")]
    [InlineData("a: !!str]]] b", "it is not valid YAML")]
    [InlineData("a: 1\n b: sk-secret: 2", "line 2, column ")]
    [InlineData("? [a]\n: 1", "a name is no plain text")]
    [InlineData("a: \"\\0\"", "it has a character that is no text")]
    [InlineData("a: \"\\ud800\"", "line 1, column ")]
    [InlineData("<<: 1", "line 1, column 1: << is no mapping")]
    public void What_is_wrong_is_told_with_line_and_column_and_never_quoted(string yaml, string message)
    {
        var error = Refused(yaml);

        error.Code.Should().Be("invalid_yaml");
        error.Message.Should().StartWith("The file cannot be read: line ").And.Contain(message).And.NotContain("sk-secret");
    }

    [Fact]
    public void Bytes_that_are_no_text_are_refused()
    {
        var reading = () => reader.Read(new byte[] { 0x61, 0x3A, 0x20, 0xFF });

        reading.Should().Throw<GatewayException>().Which.Error.Message.Should().Be("The file is not valid UTF-8.");
    }

    [Fact]
    public void Aliases_of_aliases_end_at_a_bound()
    {
        var yaml = new StringBuilder("a: &a [x, x, x, x, x, x, x, x, x, x]\n");
        for (var letter = 'b'; letter <= 'i'; letter++)
            yaml.Append($"{letter}: &{letter} [{string.Join(", ", Enumerable.Repeat($"*{(char)(letter - 1)}", 10))}]\n");

        Refused(yaml.ToString()).Message.Should().Contain("it has more than 100000 values");
    }

    [Fact]
    public void Depth_ends_at_a_bound()
    {
        Read(new string('[', 32) + new string(']', 32)).Should().HaveLength(64);
        Refused(new string('[', 33) + new string(']', 33)).Message.Should().Contain("it has more than 32 levels");
        Refused(new string('[', 100_000)).Message.Should().Contain("it has more than 32 levels");
    }

    private string Read(string yaml) => reader.Read(Encoding.UTF8.GetBytes(yaml)).GetRawText();

    private GatewayError Refused(string yaml)
    {
        var reading = () => Read(yaml);
        return reading.Should().Throw<GatewayException>().Which.Error;
    }
}
