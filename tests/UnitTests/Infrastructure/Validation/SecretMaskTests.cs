using System.Text.Json;
using CleanGateway.Infrastructure.Validation;

namespace CleanGateway.UnitTests.Infrastructure.Validation;

public class SecretMaskTests
{
    private const string Key = "sk-0123456789abcdef0123456789abcdef";

    [Theory]
    [InlineData("1", "PostgreSQL 18.1, 10 ms", "PostgreSQL 18.1, 10 ms")]
    [InlineData("1", "password=1 host=10.0.0.1", "password=*** host=10.0.0.1")]
    [InlineData("postgres", "postgres://postgres:postgres@db:5432/gateway", "postgres://postgres:***@db:5432/gateway")]
    [InlineData("postgres", "Password: 'postgres'; role: postgres", "Password: '***'; role: postgres")]
    [InlineData("p@ss/w0rd", "postgres://u:p%40ss%2Fw0rd@db/x p@ss/w0rd", "postgres://u:***@db/x ***")]
    [InlineData(Key, "Bearer " + Key + ".", "Bearer ***.")]
    public void A_secret_is_masked_and_a_word_that_looks_like_it_is_not(string secret, string text, string masked) =>
        new SecretMask([secret]).InText(text).Should().Be(masked);

    [Fact]
    public void Json_stays_json_whatever_the_secret_is()
    {
        var json = $$"""{"status":1,"list":["a","x {{Key}}"],"inside":{"note":"password=\"1\""},"none":null}""";

        var masked = JsonDocument.Parse(new SecretMask(["1", Key]).InJson(json)).RootElement;

        masked.GetProperty("status").GetInt32().Should().Be(1);
        masked.GetProperty("list")[1].GetString().Should().Be("x ***");
        masked.GetProperty("inside").GetProperty("note").GetString().Should().Be("password=\"***\"");
        new SecretMask(["1"]).InJson("""{ "status": 1 }""").Should().Be("""{ "status": 1 }""", "what has no secret stays as it came");
        new SecretMask([Key]).InJson($"no JSON, {Key}").Should().Be("no JSON, ***");
    }
}
