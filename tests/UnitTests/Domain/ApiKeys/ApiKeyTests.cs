using CleanGateway.Domain.ApiKeys;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Usage;

namespace CleanGateway.UnitTests.Domain.ApiKeys;

public class ApiKeyTests
{
    private const string TestSecret = "test-key-12345";
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_key_is_usable_until_the_moment_it_expires()
    {
        var key = Issue(expiresAt: Now.AddHours(1));

        key.IsUsable(Now).Should().BeTrue();
        key.IsUsable(Now.AddHours(1).AddTicks(-1)).Should().BeTrue();
        key.IsUsable(Now.AddHours(1)).Should().BeFalse();
        key.IsUsable(Now.AddYears(1)).Should().BeFalse();
    }

    [Fact]
    public void The_moment_it_expires_is_the_same_in_every_time_zone()
    {
        var key = Issue(expiresAt: new DateTimeOffset(2026, 1, 1, 3, 0, 0, TimeSpan.FromHours(2)));

        key.IsUsable(Now.AddHours(1).AddTicks(-1)).Should().BeTrue();
        key.IsUsable(Now.AddHours(1)).Should().BeFalse();
    }

    [Fact]
    public void A_key_without_an_end_is_always_usable() => Issue().IsUsable(DateTimeOffset.MaxValue).Should().BeTrue();

    [Theory]
    [InlineData(null)]
    [InlineData(24)]
    public void A_disabled_key_is_never_usable(int? hoursLeft)
    {
        var limits = new KeyLimits { ExpiresAt = hoursLeft is { } hours ? Now.AddHours(hours) : null };
        var key = ApiKey.Load(new ApiKeyId(Guid.CreateVersion7(Now)), "ci", Secret.Hash(TestSecret), enabled: false, Now, limits);

        key.IsUsable(Now).Should().BeFalse();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(-864_000_000_000)]
    public void A_key_cannot_be_expired_from_the_start(long ticks)
    {
        var issue = () => Issue(expiresAt: Now.AddTicks(ticks));

        issue.Should().Throw<GatewayException>()
            .Which.Error.Should().Match<GatewayError>(error => error.Kind == GatewayErrorKind.Invalid && error.Param == "expires_at");
    }

    [Fact]
    public void A_key_may_expire_in_the_very_next_moment() => Issue(expiresAt: Now.AddTicks(1)).IsUsable(Now).Should().BeTrue();

    [Fact]
    public void Without_a_list_every_model_is_allowed() => Issue().Allows("anything").Should().BeTrue();

    [Fact]
    public void With_a_list_exactly_the_listed_models_are_allowed()
    {
        var key = Issue(models: ["gpt-4", "my-gpt4"]);

        key.Allows("gpt-4").Should().BeTrue();
        key.Allows("my-gpt4").Should().BeTrue();
        key.Allows("gpt-4o").Should().BeFalse();
        key.Allows("GPT-4").Should().BeFalse();
        key.Allows("gpt-4 ").Should().BeFalse();
        key.Allows("").Should().BeFalse();
    }

    [Fact]
    public void An_empty_list_allows_nothing() => Issue(models: []).Allows("gpt-4").Should().BeFalse();

    [Fact]
    public void A_key_knows_only_the_hash_of_its_secret()
    {
        var key = Issue();

        key.KeyHash.Should().Be(Secret.Hash(TestSecret));
        typeof(ApiKey).GetProperties().Select(property => $"{property.GetValue(key)}").Should().NotContain(text => text.Contains(TestSecret));
    }

    [Fact]
    public void What_it_was_issued_with_stays_with_it()
    {
        var limits = new KeyLimits { Limits = new UsageLimits { RateLimit = 100, MonthlyBudget = 12.5m }, AllowedModels = ["gpt-4"], ExpiresAt = Now.AddDays(1) };

        var key = ApiKey.Issue("ci", TestSecret, Now, limits);

        key.Should().BeEquivalentTo(limits);
        key.Should().Match<ApiKey>(issued => issued.Name == "ci" && issued.Enabled && issued.CreatedAt == Now);
    }

    [Fact]
    public void Later_keys_have_greater_ids()
    {
        var ids = Enumerable.Range(0, 50)
            .Select(minute => ApiKey.Issue("ci", TestSecret, Now.AddMinutes(minute), KeyLimits.None).Id.ToString())
            .ToList();

        ids.Should().OnlyHaveUniqueItems().And.BeInAscendingOrder(StringComparer.Ordinal);
    }

    private static ApiKey Issue(DateTimeOffset? expiresAt = null, string[]? models = null) =>
        ApiKey.Issue("ci", TestSecret, Now, new KeyLimits { ExpiresAt = expiresAt, AllowedModels = models });
}
