using System.Text;
using CleanGateway.Infrastructure.ProviderAdapters;

namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters;

public class UpstreamFailureTests
{
    [Theory]
    [InlineData("""{"error":{"message":"m","type":"t","code":"c","param":"p"}}""", "t", "c", "m", "p")]
    [InlineData("""{"error":{"message":"m","type":"t","code":null,"param":null}}""", "t", null, "m", null)]
    [InlineData("""{"error":{"message":"m","code":429}}""", null, "429", "m", null)]
    [InlineData("""{"error":"m"}""", null, null, "m", null)]
    [InlineData("""{"message":"m"}""", null, null, "m", null)]
    [InlineData("""{"object":"error","message":"m","type":"t","param":"p","code":400}""", "t", "400", "m", "p")]
    [InlineData("""{"detail":"m"}""", null, null, "m", null)]
    [InlineData("""{"detail":[{"msg":"m"}]}""", null, null, """[{"msg":"m"}]""", null)]
    [InlineData("""{"error":null,"message":"m"}""", null, null, "m", null)]
    [InlineData("""  {"error":{"message":"m"}}  """, null, null, "m", null)]
    [InlineData("""{"error":{"message":["m"],"type":{},"code":true}}""", null, null, null, null)]
    [InlineData("""{"error":{}}""", null, null, null, null)]
    [InlineData("""{"error":[]}""", null, null, null, null)]
    [InlineData("{}", null, null, null, null)]
    public void Every_known_shape_is_read(string body, string? type, string? code, string? message, string? param) =>
        Read(body).Should().Be(new UpstreamFailure(type, code, message, param));

    [Theory]
    [InlineData("")]
    [InlineData("<html><body>502 Bad Gateway</body></html>")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"error\"")]
    [InlineData("{\"error\":{\"message\":\"cut o")]
    [InlineData("{\"error\":{\"message\":\"\\ud800\"}}")]
    public void Anything_else_says_nothing(string body) => Read(body).Should().Be(new UpstreamFailure(null, null, null, null));

    [Fact]
    public void Bytes_that_are_no_text_and_JSON_that_is_too_deep_say_nothing()
    {
        UpstreamFailure.Read([0xff, 0xfe, 0x00]).Message.Should().BeNull();
        Read(new string('[', 10_000)).Message.Should().BeNull();
        Read($$"""{"error":{{new string('[', 5_000)}}{{new string(']', 5_000)}}}""").Message.Should().BeNull();
    }

    [Theory]
    [InlineData("Incorrect API key provided: sk-proj-abcDEF123_456-xyz. You can find it.", "sk-proj-abc")]
    [InlineData("Incorrect API key provided: sk-ab***********wxyz.", "wxyz")]
    [InlineData("Incorrect API key provided: sk-ab…wxyz.", "wxyz")]
    [InlineData("The key 'my-very-own-key' is wrong", "my-very-own-key")]
    [InlineData("Header was Authorization: Bearer abc.def.ghi!", "abc.def")]
    [InlineData("for organization org-AbCdEf123456 on tokens", "org-AbC")]
    [InlineData("for project proj_AbCdEf123456", "AbCdEf")]
    [InlineData("AWS access key AKIAIOSFODNN7EXAMPLE is disabled", "AKIAIOS")]
    [InlineData("see http://10.0.0.7:8080/internal?x=1 for more", "10.0.0.7")]
    [InlineData("see HTTPS://node7.internal/path", "node7")]
    [InlineData("gsk_AbCdEf123456 and xai-AbCdEf123456", "AbCdEf")]
    [InlineData("gw_AbCdEf123456", "AbCdEf")]
    [InlineData("gwa_AbCdEf123456", "AbCdEf")]
    [InlineData("Authorization was Basic dXNlcjpwYXNzd29yZA==", "dXNlcjpw")]
    [InlineData("token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc is expired", "eyJhbGci")]
    [InlineData("key my-ve...key is wrong", "my-ve")]
    [InlineData("key MY-VERY-OWN-KEY is wrong", "VERY-OWN")]
    public void No_key_token_or_address_is_in_a_safe_message(string message, string secret) =>
        new UpstreamFailure(null, null, message, null).SafeMessage("my-very-own-key").Should().NotContain(secret).And.Contain("***");

    [Theory]
    [InlineData("User: arn:aws:iam::123456789012:user/gateway is not authorized to perform: bedrock:InvokeModel",
        "User: *** is not authorized to perform: bedrock:InvokeModel")]
    [InlineData("Publisher Model `projects/acme-prod-7/locations/us-east5/publishers/anthropic/models/x` was not found.",
        "Publisher Model `***/locations/us-east5/publishers/anthropic/models/x` was not found.")]
    [InlineData("Quota exceeded for consumer project_number:123456789.", "Quota exceeded for consumer ***.")]
    [InlineData("gateway@acme-prod-7.iam.gserviceaccount.com lacks a permission", "*** lacks a permission")]
    [InlineData("bedrock-runtime.us-east-1.amazonaws.com:443 refused the model 'x'", "*** refused the model 'x'")]
    [InlineData("acme.services.ai.azure.com has no deployment 'x'", "*** has no deployment 'x'")]
    [InlineData("The key ASIAIOSFODNN7EXAMPLE has expired", "The key *** has expired")]
    [InlineData("The token ya29.a0Af_B-yZ.c is invalid", "The token *** is invalid")]
    [InlineData("In Asia and asia-southeast1 learn:this and my projects are fine", "In Asia and asia-southeast1 learn:this and my projects are fine")]
    public void What_names_an_account_at_a_cloud_is_masked_and_the_rest_told(string message, string told) =>
        new UpstreamFailure(null, null, message, null).SafeMessage(null).Should().Be(told);

    [Theory]
    [InlineData("<html><body>nginx internal error</body></html>")]
    [InlineData("Traceback (most recent call last): File \"/srv/app/main.py\", line 12")]
    [InlineData("boom\n   at Vendor.Api.Handler.Run(Request r)")]
    [InlineData("no route to 10.1.2.3:8080")]
    [InlineData("my-gpt4.openai.azure.com does not answer")]
    public void What_tells_of_the_inside_is_not_passed_on(string message) => new UpstreamFailure(null, null, message, null).SafeMessage(null).Should().BeNull();

    [Theory]
    [InlineData("Invalid value for 'temperature': expected a number from 0 to 2.")]
    [InlineData("This model's maximum context length is 8192 tokens. However, you requested 9000.")]
    [InlineData("Unknown parameter: 'messages[0].key'.")]
    [InlineData("Das Modell gehört zur Größe XL 😀")]
    public void What_is_about_the_request_stays_as_it_is(string message) =>
        new UpstreamFailure(null, null, message, null).SafeMessage("sk-hunter2").Should().Be(message);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" \n")]
    public void No_message_is_none(string? message) => new UpstreamFailure(null, null, message, null).SafeMessage(null).Should().BeNull();

    [Fact]
    public void A_very_long_message_is_cut()
    {
        var safe = new UpstreamFailure(null, null, new string('x', 100_000), null).SafeMessage(null);

        safe.Should().HaveLength(1001).And.EndWith("…");
    }

    [Fact]
    public void A_message_is_not_cut_within_a_character()
    {
        var safe = new UpstreamFailure(null, null, new string('x', 999) + "😀 and more", null).SafeMessage(null)!;

        safe.EnumerateRunes().Should().NotContain(Rune.ReplacementChar);
    }

    [Fact]
    public void A_key_that_the_cut_would_leave_half_of_is_gone_before_it()
    {
        var message = new string('x', 990) + " my-very-own-key";

        new UpstreamFailure(null, null, message, null).SafeMessage("my-very-own-key").Should().NotContain("my-very");
    }

    private static UpstreamFailure Read(string body) => UpstreamFailure.Read(Encoding.UTF8.GetBytes(body));
}
