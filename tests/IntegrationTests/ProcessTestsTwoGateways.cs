using System.Net;
using CleanGateway.Domain.Common;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>What an operator changes by SQL, seen through every gateway on that database.</summary>
public class ProcessTestsTwoGateways(TwoGateways two) : ProcessTest, IClassFixture<TwoGateways>
{
    private readonly string key = Secret.Generate(Secret.ApiKeyPrefix);

    [Theory]
    [InlineData("UPDATE api_keys SET enabled = false WHERE key_hash = $1")]
    [InlineData("UPDATE api_keys SET expires_at = now() WHERE key_hash = $1")]
    [InlineData("DELETE FROM api_keys WHERE key_hash = $1")]
    public async Task A_key_that_is_taken_away_stops_working_everywhere(string statement)
    {
        await two.Database.IssueKeyAsync(key);
        await EverywhereAsync(async url => (await StatusAsync(url)) == HttpStatusCode.OK, "the key works");

        await two.Database.ExecuteAsync(statement, Secret.Hash(key));

        await EverywhereAsync(async url => (await StatusAsync(url)) == HttpStatusCode.Unauthorized, "the key is refused");
    }

    [Fact]
    public async Task A_disabled_key_that_is_enabled_again_works_everywhere()
    {
        await two.Database.IssueKeyAsync(key);
        await two.Database.ExecuteAsync("UPDATE api_keys SET enabled = false WHERE key_hash = $1", Secret.Hash(key));
        await EverywhereAsync(async url => (await StatusAsync(url)) == HttpStatusCode.Unauthorized, "the key is refused");

        await two.Database.ExecuteAsync("UPDATE api_keys SET enabled = true WHERE key_hash = $1", Secret.Hash(key));

        await EverywhereAsync(async url => (await StatusAsync(url)) == HttpStatusCode.OK, "the key works again");
    }

    [Fact]
    public async Task A_new_provider_and_model_are_served_everywhere_with_credentials_that_are_sealed_once_for_all()
    {
        await two.Database.IssueKeyAsync(key);
        await EverywhereAsync(async url => (await StatusAsync(url, "gpt-4")) == HttpStatusCode.BadRequest, "the model is not known");

        await two.Database.ServeAsync(two.Upstream);

        await EverywhereAsync(async url => (await StatusAsync(url, "gpt-4")) == HttpStatusCode.OK, "the model is served");
        two.Upstream.Requests.Should().OnlyContain(request => request.Headers["Authorization"] == "Bearer sk-upstream-secret");
        (await two.Database.ScalarAsync<string>("SELECT encrypted_credentials FROM providers")).Should().NotContain("sk-upstream-secret");

        await two.Database.ExecuteAsync("DELETE FROM models WHERE model_name = 'gpt-4'");
        await EverywhereAsync(async url => (await StatusAsync(url, "gpt-4")) == HttpStatusCode.BadRequest, "the model is gone");
    }

    [Fact]
    public async Task Calls_of_both_are_in_the_same_books_under_ids_of_their_own()
    {
        const int Calls = 50;
        await two.Database.IssueKeyAsync(key);
        await EverywhereAsync(async url => (await StatusAsync(url)) == HttpStatusCode.OK, "the key works");

        var answers = await Task.WhenAll(Enumerable.Range(0, Calls).Select(number => ChatAsync(two.Urls[number % 2], key, content: $"call {number}")));

        var ids = answers.Select(RequestId).ToList();
        ids.Should().OnlyHaveUniqueItems();
        await two.Database.LoggedAsync([.. ids]);
        var rows = await two.Database.RowsAsync(
            """
            SELECT q.request_id, q.body #>> '{messages,0,content}', r.response_body #>> '{choices,0,message,content}'
            FROM requests q JOIN responses r ON r.request_id_fk = q.id WHERE q.request_id = ANY($1)
            """, ids);
        rows.Select(row => ((string)row[0]!, (string)row[1]!, (string)row[2]!))
            .Should().BeEquivalentTo(ids.Select((id, number) => (id, $"call {number}", $"call {number}")));
    }

    private async Task EverywhereAsync(Func<Uri, Task<bool>> holds, string what)
    {
        foreach (var url in two.Urls)
            await Eventually.IsTrueAsync(() => holds(url), $"{what} at {url}");
    }

    private async Task<HttpStatusCode> StatusAsync(Uri url, string model = "echo")
    {
        using var answer = await ChatAsync(url, key, model);
        return answer.StatusCode;
    }
}
