using System.Text;
using System.Text.Json;
using CleanGateway.Domain.RequestLogs;

namespace CleanGateway.UnitTests.Domain.RequestLogs;

public class LoggedBodyTests
{
    [Fact]
    public void A_body_that_is_JSON_is_kept_byte_for_byte()
    {
        var json = "{ \"a\" : 1e400 }"u8.ToArray();

        var body = LoggedBody.Exact(json);

        body.Form.Should().Be(BodyForm.Json);
        body.Json!.Value.ToArray().Should().Equal(json);
    }

    [Fact]
    public void An_assembled_body_says_that_it_was_assembled()
    {
        var body = LoggedBody.Assembled("{}"u8.ToArray());

        body.Form.Should().Be(BodyForm.Assembled);
        body.Json!.Value.ToArray().Should().Equal("{}"u8.ToArray());
    }

    [Fact]
    public void No_body_and_one_that_is_not_kept_are_told_apart()
    {
        LoggedBody.None.Should().Match<LoggedBody>(body => body.Json == null && body.Form == BodyForm.None);
        LoggedBody.Omitted.Should().Match<LoggedBody>(body => body.Json == null && body.Form == BodyForm.Omitted);
    }

    [Theory]
    [InlineData("hello")]
    [InlineData("{\"model\":")]
    [InlineData("a \"quoted\" \\ text\r\n\twith \u2028 lines")]
    [InlineData("NUL \0 and escape \u001B and delete \u007F")]
    [InlineData("\uFEFFwith a mark in front")]
    [InlineData("Grüße, 世界 👋")]
    [InlineData(" ")]
    public void Text_that_is_not_JSON_is_wrapped_and_nothing_of_it_is_lost(string text)
    {
        var body = LoggedBody.Wrapped(Encoding.UTF8.GetBytes(text));

        body.Form.Should().Be(BodyForm.Text);
        OnlyMember(body).Should().Be(("text", text));
    }

    [Theory]
    [InlineData(new byte[] { 0xFF })]
    [InlineData(new byte[] { 0x7B, 0x22, 0xC0, 0x80, 0x22, 0x7D })]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 })]
    [InlineData(new byte[] { 0x61, 0xE2, 0x82 })]
    [InlineData(new byte[] { 0x1F, 0x8B, 0x08, 0x00 })]
    public void Bytes_that_are_not_even_text_are_kept_in_base64(byte[] bytes)
    {
        var body = LoggedBody.Wrapped(bytes);

        body.Form.Should().Be(BodyForm.Base64);
        var (name, value) = OnlyMember(body);
        name.Should().Be("base64");
        Convert.FromBase64String(value).Should().Equal(bytes);
    }

    [Fact]
    public void Nothing_is_not_wrapped() => LoggedBody.Wrapped([]).Should().Be(LoggedBody.None);

    private static (string Name, string Value) OnlyMember(LoggedBody body)
    {
        using var json = JsonDocument.Parse(body.Json!.Value);
        var member = json.RootElement.EnumerateObject().Single();
        return (member.Name, member.Value.GetString()!);
    }
}
