using System.Text.Json;
using CleanGateway.Application.Common;

namespace CleanGateway.UnitTests.Application.Common;

public class JsonMergeTests
{
    /// <summary>The examples of RFC 7396, appendix A, that have objects on both sides.</summary>
    [Theory]
    [InlineData("""{"a":"b"}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"b":"c"}""", """{"a":"b","b":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"a":null}""", "{}")]
    [InlineData("""{"a":"b","b":"c"}""", """{"a":null}""", """{"b":"c"}""")]
    [InlineData("""{"a":["b"]}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"c"}""", """{"a":["b"]}""", """{"a":["b"]}""")]
    [InlineData("""{"a":{"b":"c"}}""", """{"a":{"b":"d","c":null}}""", """{"a":{"b":"d"}}""")]
    [InlineData("""{"a":[{"b":"c"}]}""", """{"a":[1]}""", """{"a":[1]}""")]
    [InlineData("""{"e":null}""", """{"a":1}""", """{"a":1,"e":null}""")]
    [InlineData("{}", """{"a":{"bb":{"ccc":null}}}""", """{"a":{"bb":{}}}""")]
    public void A_patch_replaces_and_takes_away(string before, string patch, string after) => Apply(before, patch).Should().Be(after);

    [Fact]
    public void No_digit_of_a_number_is_lost() =>
        Apply("""{"a":0.1234567890123456789012345678}""", """{"b":12345678901234567890123456789012345678901234567890}""")
            .Should().Be("""{"a":0.1234567890123456789012345678,"b":12345678901234567890123456789012345678901234567890}""");

    private static string Apply(string before, string patch) => JsonMerge.Apply(before, JsonElement.Parse(patch));
}
