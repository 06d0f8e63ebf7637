using CleanGateway.Domain.AdminTokens;

namespace CleanGateway.UnitTests.Domain.AdminTokens;

public class AdminRoleTests
{
    [Fact]
    public void Each_role_may_do_more_than_the_one_before()
    {
        Enum.GetValues<AdminRole>().Should().Equal(AdminRole.Viewer, AdminRole.KeyManager, AdminRole.Admin, AdminRole.Owner);
        (AdminRole.Viewer < AdminRole.KeyManager && AdminRole.KeyManager < AdminRole.Admin && AdminRole.Admin < AdminRole.Owner).Should().BeTrue();
        default(AdminRole).Should().Be(AdminRole.Viewer, "what nobody has set may do least");
    }

    [Theory]
    [InlineData(AdminRole.Viewer, "viewer")]
    [InlineData(AdminRole.KeyManager, "key-manager")]
    [InlineData(AdminRole.Admin, "admin")]
    [InlineData(AdminRole.Owner, "owner")]
    public void A_role_is_read_as_it_is_written(AdminRole role, string name)
    {
        role.Name().Should().Be(name);
        AdminRoles.TryParse(name, out var read).Should().BeTrue();
        read.Should().Be(role);
        AdminRoles.Names.Split(", ")[(int)role].Should().Be(name);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Owner")]
    [InlineData("owner ")]
    [InlineData("key_manager")]
    [InlineData("3")]
    [InlineData("viewer, owner")]
    public void Nothing_else_is_a_role(string? name)
    {
        AdminRoles.TryParse(name, out var read).Should().BeFalse();
        read.Should().Be(AdminRole.Viewer, "whoever forgets to look has least");
    }
}
