using System.Net;
using System.Text.Json;
using CleanGateway.Infrastructure.Security;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary><c>/admin/secrets</c>.</summary>
public class AdminTestsSecrets(GatewayFixture gateway) : AdminTest(gateway)
{
    [Fact]
    public async Task An_owner_sees_which_keys_there_are_and_nothing_of_the_keys()
    {
        MasterKey.TryParse(TestSettings.MasterKey, out var key).Should().BeTrue();
        await SqlAsync("INSERT INTO providers (name, provider_type, encrypted_credentials) VALUES ('sealed', 'openai', '{\"api_key\": \"sk-hunter2\"}')");
        await Gateway.SettledAsync();
        await Eventually.IsTrueAsync(async () => (await StatusAsync()).GetProperty("gateways").GetArrayLength() > 0, "its heart beats");

        var status = await StatusAsync();

        var item = status.GetProperty("master_keys").EnumerateArray().Should().ContainSingle().Subject;
        item.GetProperty("id").GetString().Should().Be(key!.Id);
        item.GetProperty("state").GetString().Should().Be("active");
        item.GetProperty("credentials").GetInt64().Should().Be(1);
        status.GetProperty("gateways")[0].GetProperty("master_keys")[0].GetString().Should().Be(key.Id);
        status.GetRawText().Should().NotContain(key.CheckValue).And.NotContain(TestSettings.MasterKey).And.NotContain("hunter2");
        (await RowsAsync("SELECT action FROM audit_log WHERE target_name = 'sealed' ORDER BY id DESC LIMIT 1")).Single()[0].Should().Be("seal_credentials");
    }

    private async Task<JsonElement> StatusAsync()
    {
        using var answer = await GetAsync("secrets");
        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Stop)).RootElement;
    }
}
