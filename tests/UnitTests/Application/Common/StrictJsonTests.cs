using System.Text;
using System.Text.Json;
using CleanGateway.Application.Common;
using CleanGateway.Domain.Common;

namespace CleanGateway.UnitTests.Application.Common;

public class StrictJsonTests
{
    private const int Seed = 20260103;

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData(" \r\n\t{ \"a\" : [ 1 , -0.5e+10 , \"\\u00e9\\n\" , true , false , null ] } \n")]
    [InlineData("""{"a":{"b":1},"b":{"a":2}}""")]
    [InlineData("""[{"a":1},{"a":2}]""")]
    [InlineData("""{"a":{"a":{"a":1}}}""")]
    [InlineData("""{"model":1,"Model":2,"MODEL":3,"model ":4,"":5}""")]
    [InlineData("""{"content":"\ud800"}""")]
    [InlineData("""{"content":"\u0000"}""")]
    [InlineData("""{"n":1e400,"m":123456789012345678901234567890}""")]
    public void What_every_reader_understands_the_same_way_is_fine(string json) => Check(json).Should().BeNull();

    [Theory]
    [InlineData("{\"a\":\"\\", 0xFF)]
    [InlineData("{\"a\":\"", 0xFF)]
    [InlineData("{\"a\":\"", 0xC0, 0x80)]                 // an overlong NUL
    [InlineData("{\"a\":\"", 0xE0, 0x80, 0xAF)]           // an overlong slash
    [InlineData("{\"a\":\"", 0xED, 0xA0, 0x80)]           // half a surrogate pair
    [InlineData("{\"a\":\"", 0xE2, 0x82)]                 // cut short
    [InlineData("{\"a\":\"", 0xF4, 0x90, 0x80, 0x80)]     // beyond Unicode
    [InlineData("{\"a\":\"", 0x80)]                       // a continuation of nothing
    public void Bytes_that_are_no_UTF_8_are_refused(string before, params int[] bytes)
    {
        byte[] json = [.. Encoding.UTF8.GetBytes(before), .. bytes.Select(value => (byte)value), (byte)'"', (byte)'}'];

        StrictJson.Check(json).Should().Match<GatewayError>(error =>
            error.Kind == GatewayErrorKind.Invalid && error.Code == "invalid_json" && error.Message.Contains("UTF-8"));
    }

    [Theory]
    [InlineData('[', ']', "1")]
    [InlineData('{', '}', "1")]
    public void Sixty_four_levels_are_allowed_and_one_more_is_not(char open, char close, string inside)
    {
        var member = open == '{' ? "\"a\":" : "";
        Check(Nested(64)).Should().BeNull();
        Check(Nested(65)).Should().Match<GatewayError>(error => error.Code == "invalid_json" && error.Message.Contains("64"));
        Check(Nested(100_000)).Should().NotBeNull();

        string Nested(int levels) =>
            string.Concat(Enumerable.Repeat(open + member, levels)) + inside + string.Concat(Enumerable.Repeat(close, levels));
    }

    [Theory]
    [InlineData("""{"model":"a","model":"b"}""", "model")]
    [InlineData("""{"model":"a","x":{"model":1},"model":"b"}""", "model")]
    [InlineData("""{"a":{"b":[{"c":1,"c":1}]}}""", "c")]
    [InlineData("""[[{"a":1,"b":2,"a":3}]]""", "a")]
    [InlineData("""{"a":{"a":1},"a":2}""", "a")]
    [InlineData("""{"":1,"":2}""", "")]
    [InlineData("""{"model":"a","mod\u0065l":"b"}""", "model")]
    [InlineData("""{"mod\u0065l":"a","model":"b"}""", "model")]
    [InlineData("""{"mod\u0065l":"a","\u006dodel":"b"}""", "model")]
    [InlineData("""{"a\/b":1,"a/b":2}""", "a/b")]
    [InlineData("""{"\ud83d\udc4b":1,"👋":2}""", "👋")]
    [InlineData("""{"\u00E9":1,"\u00e9":2}""", "é")]
    public void A_member_that_is_there_twice_is_named(string json, string name) =>
        Check(json).Should().Match<GatewayError>(error => error.Kind == GatewayErrorKind.Invalid && error.Code == "duplicate_member"
            && error.Param == name);

    [Theory]
    [InlineData("""{"\ud800":1,"\uD800":2}""", false)]
    [InlineData("""{"a\udc00":1,"\u0061\uDC00":2}""", false)]
    [InlineData("""{"\ud800":1,"\\ud800":2}""", true)]
    [InlineData("""{"\ud800":1,"\ud801":2}""", true)]
    public void Names_with_half_a_surrogate_pair_are_compared_by_what_they_mean(string json, bool fine) => (Check(json) is null).Should().Be(fine);

    [Theory]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(33)]
    [InlineData(34)]
    [InlineData(100)]
    public void A_duplicate_is_found_among_any_number_of_members(int members)
    {
        var names = Enumerable.Range(0, members).Select(i => $"\"m{i}\":{{\"m0\":{i}}}").ToList();
        Check($"{{{string.Join(',', names)}}}").Should().BeNull();

        foreach (var twice in new[] { 0, members / 2, members - 1 })
        {
            Check($"{{{string.Join(',', names)},\"m{twice}\":0}}").Should().Match<GatewayError>(error => error.Param == $"m{twice}");
            Check($"{{{string.Join(',', names)},\"\\u006d{twice}\":0}}").Should().Match<GatewayError>(error => error.Param == $"m{twice}");
        }
    }

    [Fact]
    public void A_huge_object_is_no_trouble()
    {
        var names = string.Join(',', Enumerable.Range(0, 200_000).Select(i => $"\"member-{i}\":0"));

        Check($"{{{names}}}").Should().BeNull();
        Check($"{{{names},\"m\\u0065mber-0\":1}}").Should().Match<GatewayError>(error => error.Code == "duplicate_member");
    }

    [Fact]
    public void It_agrees_with_the_framework_on_what_is_there_twice()
    {
        var strict = new JsonDocumentOptions { AllowDuplicateProperties = false };
        var json = new RandomJson(Seed);
        var (fine, refused) = (0, 0);
        for (var i = 0; i < 3000; i++)
        {
            var text = RandomObject(json, depth: 3);

            var error = Check(text);

            if (IsFine(text, strict))
            {
                fine++;
                error.Should().BeNull($"seed {Seed}, case {i}: {text}");
            }
            else
            {
                refused++;
                error.Should().NotBeNull($"seed {Seed}, case {i}: {text}");
                error!.Code.Should().Be("duplicate_member", $"seed {Seed}, case {i}: {text}");
            }
        }

        fine.Should().BeGreaterThan(500);
        refused.Should().BeGreaterThan(500);
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("{")]
    [InlineData("{\"a\"")]
    [InlineData("{\"a\":")]
    [InlineData("{\"a\":1")]
    [InlineData("{\"a\":1,}")]
    [InlineData("[1,]")]
    [InlineData("{\"a\" 1}")]
    [InlineData("{a:1}")]
    [InlineData("{'a':1}")]
    [InlineData("{\"a\":1} {}")]
    [InlineData("{} x")]
    [InlineData("{\"a\":01}")]
    [InlineData("{\"a\":+1}")]
    [InlineData("{\"a\":.5}")]
    [InlineData("{\"a\":1.}")]
    [InlineData("{\"a\":NaN}")]
    [InlineData("{\"a\":Infinity}")]
    [InlineData("{\"a\":True}")]
    [InlineData("{\"a\":nul}")]
    [InlineData("{\"a\":\"\n\"}")]
    [InlineData("{\"a\":\"\0\"}")]
    [InlineData("{\"a\":\"\\x\"}")]
    [InlineData("{\"a\":\"\\u12\"}")]
    [InlineData("{\"a\":\"")]
    [InlineData("{} // nothing")]
    [InlineData("/* nothing */ {}")]
    [InlineData("[1}")]
    [InlineData("]")]
    [InlineData("\uFEFF{}")]
    [InlineData("model=gpt-4&n=1")]
    public void What_is_no_JSON_is_refused_with_the_place_where_it_is_not(string text) =>
        Check(text).Should().Match<GatewayError>(error => error.Kind == GatewayErrorKind.Invalid && error.Code == "invalid_json"
            && error.Param == null)
            .And.Match<GatewayError>(error => error.Message.StartsWith("The request body is not valid JSON: "))
            .And.Subject.As<GatewayError>().Message.Should().MatchRegex(@"\(line \d+, byte \d+\)$").And.NotContain("LineNumber");

    [Theory]
    [InlineData("x", "line 1, byte 1")]
    [InlineData("{\"a\":x}", "line 1, byte 6")]
    [InlineData("{\n  \"a\": 1,\n  \"b\": x\n}", "line 3, byte 8")]
    [InlineData("{\"ü\":x}", "line 1, byte 7")]
    public void Lines_and_bytes_are_counted_from_one(string text, string place) => Check(text)!.Message.Should().Contain(place);

    private static GatewayError? Check(string json) => StrictJson.Check(Encoding.UTF8.GetBytes(json));

    // Few names and many spellings, so that about half of the texts have one twice.
    private static string RandomObject(RandomJson json, int depth) =>
        json.Object([.. Enumerable.Range(0, json.Random.Next(1, 5)).Select(_ => (
            json.Spelled(json.OneOf(["a", "b", "c", "ü", "model", "m0del", "x", "y", "z"])),
            depth > 0 && json.Random.Next(3) == 0 ? RandomObject(json, depth - 1) : json.OneOf(["1", "[]", "{}", "\"a\"", "[{\"a\":1}]"])))]);

    private static bool IsFine(string text, JsonDocumentOptions options)
    {
        try
        {
            JsonDocument.Parse(text, options).Dispose();
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
