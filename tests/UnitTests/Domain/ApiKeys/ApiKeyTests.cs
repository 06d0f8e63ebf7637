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

    [Fact]
    public void After_a_rotation_both_secrets_open_the_door_until_the_grace_period_ends()
    {
        var key = Issue();
        key.Rotate("another-key-98765", TimeSpan.FromHours(1), Now);

        key.Should().Match<ApiKey>(rotated => rotated.KeyHint == "8765" && rotated.PreviousKeyExpiresAt == Now.AddHours(1));
        foreach (var (moment, old) in ((DateTimeOffset, bool)[])[(Now, true), (Now.AddHours(1).AddTicks(-1), true), (Now.AddHours(1), false)])
        {
            key.IsOpenedBy(Secret.Hash("another-key-98765"), moment).Should().BeTrue();
            key.IsOpenedBy(Secret.Hash(TestSecret), moment).Should().Be(old);
        }
    }

    [Fact]
    public void Without_a_grace_period_the_old_secret_stops_at_once()
    {
        var key = Issue();
        key.Rotate("another-key-98765", TimeSpan.Zero, Now);

        key.IsOpenedBy(Secret.Hash(TestSecret), Now).Should().BeFalse();
        key.Should().Match<ApiKey>(rotated => rotated.PreviousKeyHash == null && rotated.PreviousKeyExpiresAt == null);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3600)]
    public void A_second_rotation_ends_the_grace_period_of_the_first(int seconds)
    {
        var key = Issue();
        key.Rotate("second-key-98765", TimeSpan.FromDays(1), Now);
        key.Rotate("third-key-45678", TimeSpan.FromSeconds(seconds), Now);

        key.IsOpenedBy(Secret.Hash(TestSecret), Now).Should().BeFalse();
        key.IsOpenedBy(Secret.Hash("second-key-98765"), Now).Should().Be(seconds > 0);
        key.IsOpenedBy(Secret.Hash("third-key-45678"), Now).Should().BeTrue();
    }

    [Fact]
    public void What_opens_a_key_opens_nothing_when_it_is_disabled_or_has_expired()
    {
        var key = Issue(expiresAt: Now.AddMinutes(1));
        key.Rotate("another-key-98765", TimeSpan.FromDays(1), Now);

        foreach (var secret in (string[])[TestSecret, "another-key-98765"])
        {
            key.IsOpenedBy(Secret.Hash(secret), Now).Should().BeTrue();
            key.IsOpenedBy(Secret.Hash(secret), Now.AddMinutes(1)).Should().BeFalse();
        }

        key.Enable(false);
        key.IsOpenedBy(Secret.Hash("another-key-98765"), Now).Should().BeFalse();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("test-key-12345")]
    public void Nothing_but_a_hash_of_a_secret_opens_a_key(string? given)
    {
        var key = Issue();

        key.IsOpenedBy(given!, Now).Should().BeFalse("a key that was never rotated has no previous hash");
        key.IsOpenedBy(Secret.Hash(key.KeyHash), Now).Should().BeFalse();
    }

    [Fact]
    public void A_previous_secret_whose_end_is_not_known_opens_nothing()
    {
        var key = ApiKey.Load(
            new ApiKeyId(Guid.CreateVersion7(Now)), "ci", Secret.Hash(TestSecret), enabled: true, Now, KeyLimits.None, previous: (Secret.Hash("old"), null));

        key.IsOpenedBy(Secret.Hash("old"), Now).Should().BeFalse();
        key.IsOpenedBy(Secret.Hash(TestSecret), Now).Should().BeTrue();
    }

    [Fact]
    public void What_a_key_may_do_is_changed_as_a_whole_and_its_secret_is_not()
    {
        var key = Issue(expiresAt: Now.AddDays(1), models: ["gpt-4"]);
        var terms = new KeyLimits { Limits = new UsageLimits { RateLimit = 1 }, AllowedModels = ["echo"], DropParams = true };

        key.Change(terms);

        key.Terms.Should().BeEquivalentTo(terms);
        key.Should().Match<ApiKey>(changed => changed.ExpiresAt == null && changed.KeyHash == Secret.Hash(TestSecret) && changed.CreatedAt == Now);
    }

    private static ApiKey Issue(DateTimeOffset? expiresAt = null, string[]? models = null) =>
        ApiKey.Issue("ci", TestSecret, Now, new KeyLimits { ExpiresAt = expiresAt, AllowedModels = models });
}
