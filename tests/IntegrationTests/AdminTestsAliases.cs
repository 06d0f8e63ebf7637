using System.Net;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>Aliases by the admin API.</summary>
public class AdminTestsAliases(GatewayFixture gateway) : AdminTest(gateway)
{
    [Fact]
    public async Task An_alias_is_made_leads_elsewhere_is_switched_off_and_taken_away()
    {
        await IssueKeyAsync();
        await ServeAsync("gpt-4");
        await CreateAsync("models", """{"name":"gpt-5","litellm_provider":"openai"}""");
        using var made = await CreateAsync("aliases", """{"alias":"best","model":"gpt-4"}""");
        var path = made.Headers.Location!.ToString()["/admin/".Length..];
        using var shown = await GetAsync(path);
        var first = await AnsweredByAsync("best");
        using var changed = await PatchAsync(path, """{"alias":"better","model":"gpt-5","provider":"openai-main"}""", shown.Headers.ETag!.ToString());
        var second = await AnsweredByAsync("better");
        using var late = await PatchAsync(path, "{}", shown.Headers.ETag!.ToString());
        using var free = await PatchAsync(path, """{"provider":null,"enabled":false}""");
        await Gateway.SettledAsync();
        using var off = await ChatAsync("better");
        using var deleted = await DeleteAsync(path);

        (await JsonAsync(made)).GetRawText().Should().Be((await JsonAsync(shown)).GetRawText());
        (first, second).Should().Be(("gpt-4", "gpt-5"));
        (await JsonAsync(changed)).GetProperty("provider").GetString().Should().Be("openai-main");
        (await JsonAsync(free)).GetProperty("provider").GetString().Should().BeNull();
        ((int)late.StatusCode, (int)off.StatusCode, (int)deleted.StatusCode).Should().Be((412, 400, 204));
        (await AuditAsync((await JsonAsync(made)).GetProperty("id").GetGuid())).Select(row => (row[0], row[1], row[2])).Should().Equal(
            ("create_model_alias", "model_alias", "best"), ("change_model_alias", "model_alias", "better"),
            ("change_model_alias", "model_alias", "better"), ("delete_model_alias", "model_alias", "better"));
    }

    [Theory]
    [InlineData("""{"alias":"x","model":"nothing"}""", "model")]
    [InlineData("""{"alias":"x","model":"gpt-4","provider":"nobody"}""", "provider")]
    [InlineData("""{"alias":"","model":"gpt-4"}""", "alias")]
    [InlineData("""{"alias":"x\u0000","model":"gpt-4"}""", "alias")]
    [InlineData("""{"alias":"x","model":"gpt-4","target_model_id":"11111111-1111-4111-8111-111111111111"}""", "target_model_id")]
    [InlineData("""{"alias":"x","model":"gpt-4","id":"11111111-1111-4111-8111-111111111111"}""", "id")]
    public async Task What_leads_nowhere_is_refused(string body, string param)
    {
        await ServeAsync("gpt-4");

        using var answer = await CreateAsync("aliases", body);

        answer.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await JsonAsync(answer)).GetProperty("errors")[0].GetProperty("param").GetString().Should().Be(param);
        (await ScalarAsync<long>("SELECT count(*) FROM model_aliases")).Should().Be(0);
    }

    [Fact]
    public async Task Two_of_one_name_are_not_made_and_lists_come_in_pages()
    {
        await ServeAsync("gpt-4");
        foreach (var alias in (string[])["c", "a", "b"])
            (await CreateAsync("aliases", $$"""{"alias":"{{alias}}","model":"gpt-4"}""")).StatusCode.Should().Be(HttpStatusCode.Created);

        using var again = await CreateAsync("aliases", """{"alias":"a","model":"gpt-4"}""");
        var page = await JsonAsync(await GetAsync("aliases?limit=2"));
        var rest = await JsonAsync(await GetAsync($"aliases?limit=2&cursor={page.GetProperty("next_cursor").GetString()}"));

        (again.StatusCode, (await JsonAsync(again)).GetProperty("code").GetString()).Should().Be((HttpStatusCode.Conflict, "alias_exists"));
        page.GetProperty("data").EnumerateArray().Concat(rest.GetProperty("data").EnumerateArray()).Select(item => item.GetProperty("alias").GetString())
            .Should().Equal("a", "b", "c");
    }

    private async Task<string?> AnsweredByAsync(string model)
    {
        Upstream.Reset();
        await Gateway.SettledAsync();
        (await ChatAsync(model)).StatusCode.Should().Be(HttpStatusCode.OK);
        return Upstream.Request.Json.GetProperty("model").GetString();
    }
}
