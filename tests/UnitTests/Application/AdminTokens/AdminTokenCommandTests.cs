using CleanGateway.Application.AdminTokens;
using CleanGateway.Application.Common;
using CleanGateway.Domain.AdminTokens;
using CleanGateway.Domain.Common;
using MediatR;
using NSubstitute;

namespace CleanGateway.UnitTests.Application.AdminTokens;

public class AdminTokenCommandTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly IAdminTokenRepository tokens = Substitute.For<IAdminTokenRepository>();
    private readonly IUnitOfWork unitOfWork = Substitute.For<IUnitOfWork>();
    private readonly Operation operation = new() { Actor = Actor.Gateway };
    private readonly List<AdminToken> added = [];

    public AdminTokenCommandTests()
    {
        tokens.Add(Arg.Do<AdminToken>(added.Add));
        tokens.AloneAsync(Arg.Any<Func<Task<Unit>>>(), Arg.Any<CancellationToken>()).Returns(call => call.Arg<Func<Task<Unit>>>()());
    }

    [Fact]
    public async Task A_secret_is_handed_out_and_only_its_hash_is_kept()
    {
        var issued = await IssueAsync(new IssueAdminToken("ops", AdminRole.Admin, Now.AddDays(1)));

        Secret.IsWellFormed(issued.Secret, Secret.AdminTokenPrefix).Should().BeTrue();
        added.Should().ContainSingle().Which.TokenHash.Should().Be(Secret.Hash(issued.Secret));
        issued.Should().BeEquivalentTo(new { Id = added[0].Id.Value, Name = "ops", Role = AdminRole.Admin, Enabled = true, ExpiresAt = Now.AddDays(1), CreatedAt = Now });
        issued.ToString().Should().NotContain(issued.Secret);
    }

    public static TheoryData<AdminRole, AdminRole> Roles =>
        [.. Enum.GetValues<AdminRole>().SelectMany(held => Enum.GetValues<AdminRole>().Select(asked => (held, asked)))];

    [Theory]
    [MemberData(nameof(Roles))]
    public async Task Nobody_grants_or_takes_more_than_they_hold(AdminRole held, AdminRole asked)
    {
        operation.Actor = new Actor(ActorKind.AdminToken, Guid.NewGuid(), "someone", held);
        var token = Existing(asked);
        tokens.IsAnotherOwnerAsync(token.Id, Arg.Any<CancellationToken>()).Returns(true);

        foreach (var action in (Func<Task>[])[() => IssueAsync(new IssueAdminToken("ops", asked)), () => RevokeAsync(token.Id.Value)])
        {
            if (held >= asked)
                await action.Should().NotThrowAsync();
            else
                (await action.Should().ThrowAsync<GatewayException>()).Which.Error.Should().Match<GatewayError>(error =>
                    error.Code == "role_required" && error.Kind == GatewayErrorKind.Forbidden && error.Param == "role");
        }

        (added.Count, token.Enabled).Should().Be(held >= asked ? (1, false) : (0, true));
    }

    [Theory]
    [InlineData(null, false, true)]
    [InlineData(1, false, true)]
    [InlineData(-1, false, false)]
    [InlineData(null, true, false)]
    public async Task The_last_owner_stays(int? expiresInHours, bool isAnother, bool stays)
    {
        var issuedAt = Now.AddDays(-1);
        var token = Existing(AdminRole.Owner, issuedAt, expiresInHours is { } hours ? Now.AddHours(hours) : null);
        tokens.IsAnotherOwnerAsync(token.Id, Arg.Any<CancellationToken>()).Returns(isAnother);

        var revoke = () => RevokeAsync(token.Id.Value);

        if (stays)
            (await revoke.Should().ThrowAsync<GatewayException>()).Which.Error.Should().Match<GatewayError>(error => error.Code == "last_owner" && error.Kind == GatewayErrorKind.Conflict);
        else
            await revoke.Should().NotThrowAsync();
        token.Enabled.Should().Be(stays);
    }

    [Fact]
    public async Task To_revoke_again_is_no_error_even_of_an_owner()
    {
        var token = Existing(AdminRole.Owner);
        token.Revoke();

        await RevokeAsync(token.Id.Value);

        token.Enabled.Should().BeFalse();
    }

    [Fact]
    public async Task A_token_that_is_not_there_or_was_changed_is_left_alone()
    {
        var token = Existing(AdminRole.Viewer);
        var nobody = () => RevokeAsync(Guid.Empty);
        var stale = () => RevokeAsync(token.Id.Value, Precondition.Of(["\"7\""]));

        (await nobody.Should().ThrowAsync<GatewayException>()).Which.Error.Code.Should().Be("token_not_found");
        (await stale.Should().ThrowAsync<GatewayException>()).Which.Error.Code.Should().Be("precondition_failed");
        token.Enabled.Should().BeTrue();
        unitOfWork.ReceivedCalls().Should().BeEmpty();
    }

    [Theory]
    [InlineData("", AdminRole.Viewer, "name")]
    [InlineData("a\u001b[2J", AdminRole.Viewer, "name")]
    [InlineData("ops", null, "role")]
    [InlineData("ops", (AdminRole)4, "role")]
    public async Task What_is_wrong_with_a_command_is_named(string name, AdminRole? role, string param)
    {
        var command = new IssueAdminToken(name, role);
        var issue = () => new ValidationBehaviour<IssueAdminToken, IssuedAdminToken>([new IssueAdminTokenValidator()], operation)
            .Handle(command, CancellationToken.None, () => IssueAsync(command));

        (await issue.Should().ThrowAsync<GatewayException>()).Which.Error.Param.Should().Be(param);
        added.Should().BeEmpty();
    }

    private AdminToken Existing(AdminRole role, DateTimeOffset? issuedAt = null, DateTimeOffset? expiresAt = null)
    {
        var token = AdminToken.Issue("existing", "gwa_existing-12345", role, issuedAt ?? Now, expiresAt);
        tokens.FindAsync(token.Id, Arg.Any<CancellationToken>()).Returns(token);
        return token;
    }

    private Task<IssuedAdminToken> IssueAsync(IssueAdminToken command) =>
        new IssueAdminTokenHandler(tokens, unitOfWork, operation, new ManualClock(Now)).Handle(command, CancellationToken.None);

    private Task<Unit> RevokeAsync(Guid id, Precondition? ifMatch = null) =>
        new RevokeAdminTokenHandler(tokens, unitOfWork, operation, new ManualClock(Now)).Handle(new RevokeAdminToken(id, ifMatch ?? Precondition.Any), CancellationToken.None);
}
