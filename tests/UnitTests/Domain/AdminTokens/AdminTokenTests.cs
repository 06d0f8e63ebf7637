using CleanGateway.Domain.AdminTokens;
using CleanGateway.Domain.Common;

namespace CleanGateway.UnitTests.Domain.AdminTokens;

public class AdminTokenTests
{
    private const string TestSecret = "gwa_test-token-12345";
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_token_knows_only_the_hash_of_its_secret_and_its_last_characters()
    {
        var token = AdminToken.Issue("ops", TestSecret, AdminRole.Admin, Now);

        token.Should().BeEquivalentTo(new
        {
            Name = "ops", TokenHash = Secret.Hash(TestSecret), TokenHint = "2345", Role = AdminRole.Admin, Enabled = true, ExpiresAt = default(DateTimeOffset?), CreatedAt = Now,
        });
        typeof(AdminToken).GetProperties().Select(property => $"{property.GetValue(token)}").Should().NotContain(text => text.Contains(TestSecret));
    }

    [Fact]
    public void A_token_is_usable_until_it_expires_or_is_revoked()
    {
        var token = AdminToken.Issue("ops", TestSecret, AdminRole.Viewer, Now, Now.AddHours(1));

        token.IsUsable(Now.AddHours(1).AddTicks(-1)).Should().BeTrue();
        token.IsUsable(Now.AddHours(1)).Should().BeFalse();
        token.Revoke();
        token.IsUsable(Now).Should().BeFalse();
        AdminToken.Issue("ops", TestSecret, AdminRole.Viewer, Now).IsUsable(DateTimeOffset.MaxValue).Should().BeTrue();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void A_token_cannot_be_expired_from_the_start(long ticks)
    {
        var issue = () => AdminToken.Issue("ops", TestSecret, AdminRole.Viewer, Now, Now.AddTicks(ticks));

        issue.Should().Throw<GatewayException>().Which.Error.Should().Match<GatewayError>(error => error.Kind == GatewayErrorKind.Invalid && error.Param == "expires_at");
    }
}
